/** What `vmlane domain validate` reads, and in which order. */
import { resolve } from 'node:path';
import { type Domain, openDomain } from '../domain/index.js';
import {
  askForError,
  type Facts,
  type Finding,
  type HostFacts,
  hostQuestions,
  type Other,
  otherDomain,
  refusalOf,
  validateDomain,
} from '../domain/validate/index.js';
import { connect, type Libvirt } from '../libvirt/index.js';
import type { Account } from '../values/access.js';
import { Failed, InvalidInput, VmlaneError } from '../values/errors.js';

/** A domain to look at: its XML and files that are made for it at define; or why there is none. */
export type Given = { label: string } & (
  | { xml: string; made?: readonly string[] }
  | { refused: InvalidInput }
);

export interface Checks {
  /** Absent: libvirt's, where that is installed. */
  schema: string | undefined;
  /** undefined: the host is not looked at. */
  host: { root: string; session: boolean } | undefined;
  /** undefined: other domains are not looked at. */
  uri: string | undefined;
  /** Says what could not be checked. */
  tell(text: string): void;
}

export interface Judged extends Finding {
  file: string;
}

const SCHEMA = 'usr/share/libvirt/schemas/domain.rng';

/** Findings of all domains, file by file. @throws InvalidInput for a --schema that cannot be used */
export async function validate(given: readonly Given[], checks: Checks): Promise<Judged[]> {
  const ask = await schemaAsker(checks);
  const others: Other[] = checks.uri === undefined ? [] : await domainsOf(checks.uri, checks);
  const found: Judged[] = [];
  for (const one of given) {
    const { label: file } = one;
    if ('refused' in one) {
      found.push({ file, ...refusalOf(one.refused, file) });
      continue;
    }
    const { xml, made = [] } = one;
    const domain = opened(xml);
    if (domain instanceof InvalidInput) {
      found.push({ file, ...refusalOf(domain, '') });
      continue;
    }
    const host = await hostFor(domain, checks);
    const schema = await ask(domain);
    const facts: Facts = { others, made, ...(host && { host }), ...(schema && { schema }) };
    found.push(...validateDomain(domain, facts).map((finding) => ({ file, ...finding })));
    // What comes later is compared with what came before.
    const other = otherDomain(domain, file);
    if (other) others.push(other);
  }
  return found;
}

/** Read with its places, or what is wrong with it. */
function opened(xml: string): Domain | InvalidInput {
  try {
    const domain = openDomain(xml);
    return domain.placed && domain;
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
}

async function hostFor(domain: Domain, { host }: Checks): Promise<HostFacts | undefined> {
  if (!host) return undefined;
  const { readHostFacts } = await import('../system/facts.js');
  const facts = readHostFacts(hostQuestions(domain), host.root);
  return host.session ? { ...facts, account: ourselves() } : facts;
}

/** A session's QEMU runs as who we are. */
function ourselves(): Account {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return { name: String(uid), uid, gids: [gid, ...(process.getgroups?.() ?? [])] };
}

async function schemaAsker({ schema, host, tell }: Checks) {
  const { askSchema } = await import('../system/xmllint.js');
  const path = resolve(schema ?? `${host?.root ?? '/'}/${SCHEMA}`);
  const probe = await askSchema('<domain/>', path);
  if ('errors' in probe) {
    return (domain: Domain) =>
      askForError(domain, async (text) => {
        const answer = await askSchema(text, path);
        if ('errors' in answer) return answer.errors;
        throw new Failed({ thing: 'xmllint', problem: answer.trouble, remedy: 'try it by hand' });
      });
  }
  if (schema !== undefined) {
    const remedy = 'name a RELAX NG schema, such as /usr/share/libvirt/schemas/domain.rng';
    throw new InvalidInput({ thing: '--schema', problem: probe.trouble, remedy });
  }
  tell(`not checked against libvirt's schema: ${probe.trouble}`);
  return async () => undefined;
}

/** All that libvirt has; without libvirt none. */
async function domainsOf(uri: string, { tell }: Checks): Promise<Other[]> {
  let libvirt: Libvirt | undefined;
  try {
    libvirt = await connect(uri);
    const found: Other[] = [];
    for (const { name, state } of await libvirt.list()) {
      const running = state !== 'shut off';
      const other = otherDomain(await libvirt.xml(name), `domain ${name}`, { host: true, running });
      if (other) found.push(other);
    }
    return found;
  } catch (error) {
    if (!(error instanceof VmlaneError)) throw error;
    tell(`not compared with other domains: ${error.message}`);
    return [];
  } finally {
    await libvirt?.close();
  }
}
