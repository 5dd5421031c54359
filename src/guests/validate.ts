/** Checks specs and domain XML against libvirt's schema, this host and libvirt's other domains. */

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Domain, domainXml, largeMtu, openDomain } from '../domain/index.js';
import {
  askForError,
  type Facts,
  type Finding,
  type HostFacts,
  hostQuestions,
  type Other,
  otherDomain,
  refusalsOf,
  schemaText,
  validateDomain,
} from '../domain/validate/index.js';
import { hookCovers } from '../host/hook/covers.js';
import { connect, type Libvirt } from '../libvirt/index.js';
import { isRemote, libvirtUri } from '../libvirt/uri.js';
import { networksWithMtu } from '../networks/network-view.js';
import { seedDisks } from '../spec/seeds.js';
import { controlSocketPath } from '../switch/paths.js';
import { hostFactsReader } from '../system/facts.js';
import { nameOf, readInput, type Stdin } from '../system/input.js';
import { filesIn } from '../system/spec-files.js';
import { askSchemas } from '../system/xmllint.js';
import type { Account } from '../values/access.js';
import { Failed, InvalidInput, VmlaneError } from '../values/errors.js';
import type { Tell } from './remove-ports.js';
import { type Place, readSpec } from './spec.js';
import { type SwitchFacts, switchFacts } from './switch-facts.js';

/** A domain to check: its XML and the files that define makes for it; or why it cannot be read. */
export type Given = { label: string } & (
  | { xml: string; made?: readonly string[] }
  | { refused: InvalidInput }
);

/** What domains are checked against. */
export interface ValidateOptions {
  /** libvirt's URI; absent: `LIBVIRT_DEFAULT_URI`, else `qemu:///system`. If remote, this host is not looked at. */
  uri?: string | undefined;
  /** Folder that stands for / when the host is looked at; then libvirt is asked only if `uri` is given. */
  root?: string | undefined;
  /** Checks the files alone, neither against the host nor against libvirt. */
  offline?: boolean | undefined;
  /** libvirt's RELAX NG schema; absent: the installed one. */
  schema?: string | undefined;
  /** Called with what could not be checked. */
  tell?: Tell | undefined;
}

/** A finding and its file. */
export interface Judged extends Finding {
  file: string;
}

/** What is looked at; undefined if it is not. */
interface Checks {
  schema: string | undefined;
  host: { root: string; session: boolean } | undefined;
  uri: string | undefined;
  tell: Tell;
}

/**
 * Reads specs and domain XML; `-` is standard input, a folder stands for the files in it. A file that cannot be read
 * is returned with the reason. Rejects with InvalidInput for a folder without any.
 */
export async function readGuests(
  files: readonly string[],
  { stdin = async () => Buffer.alloc(0), ...place }: Place & Partial<Stdin> = {},
): Promise<Given[]> {
  const all: string[] = [];
  for (const file of files) all.push(...((await isFolder(file)) ? await filesIn(file) : [file]));
  return Promise.all(all.map((file) => readGiven(file, { stdin }, place)));
}

async function isFolder(path: string): Promise<boolean> {
  if (path === '-') return false;
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // The error comes when the file is read.
    return false;
  }
}

async function readGiven(file: string, stdin: Stdin, place: Place): Promise<Given> {
  const label = nameOf(file);
  try {
    const text = await readInput(file, stdin);
    if (text.trimStart().startsWith('<') || file.endsWith('.xml')) return { label, xml: text };
    const guest = await readSpec(text, file, place);
    // 'vmlane domain define' makes these.
    const made = seedDisks(guest).map(({ path }) => path);
    return { label, xml: domainXml(guest), made };
  } catch (error) {
    if (error instanceof InvalidInput) return { label, refused: error };
    throw error;
  }
}

/**
 * What is wrong with domains, file by file: in themselves, against libvirt's schema, on this host, and beside
 * each other and libvirt's domains. Rejects with InvalidInput for a schema that cannot be used.
 */
export async function validateGuests(
  given: readonly Given[],
  { schema, root, offline = false, tell = () => {}, ...options }: ValidateOptions = {},
): Promise<Judged[]> {
  const uri = options.uri ?? libvirtUri(undefined, process.env);
  const remote = isRemote(uri);
  if (remote && !offline) tell(`${uri} is another host: this one is not looked at`);
  const session = /\/session(\?|$)/.test(uri);
  return validate(given, {
    ...{ schema, tell },
    host: offline || remote ? undefined : { root: root ?? '/', session },
    // The libvirt of another root does not run here.
    uri: offline || (root !== undefined && options.uri === undefined) ? undefined : uri,
  });
}

const SCHEMA = 'usr/share/libvirt/schemas/domain.rng';

async function validate(given: readonly Given[], checks: Checks): Promise<Judged[]> {
  const read = given.map((one) => ({ ...one, domain: domainOf(one) }));
  const domains = read.flatMap(({ domain }) => (domain instanceof InvalidInput ? [] : [domain]));
  const ask = await schemaAsker(checks, domains);
  const others: Other[] = checks.uri === undefined ? [] : await domainsOf(checks.uri, checks);
  const hostFor = checks.host && hostReader(checks.host);
  const found: Judged[] = [];
  for (const { label: file, domain, ...one } of read) {
    if (domain instanceof InvalidInput) {
      const named = 'refused' in one ? file : '';
      found.push(...refusalsOf(domain, named).map((finding) => ({ file, ...finding })));
      continue;
    }
    const host = await hostFor?.(domain);
    const schema = await ask(domain);
    const made = 'made' in one ? one.made : undefined;
    const facts: Facts = {
      others,
      made: made ?? [],
      ...(host && { host }),
      ...(schema && { schema }),
    };
    found.push(...validateDomain(domain, facts).map((finding) => ({ file, ...finding })));
    // Each domain is compared with those before it.
    const other = otherDomain(domain, file);
    if (other) others.push(other);
  }
  return found;
}

function domainOf(given: Given): Domain | InvalidInput {
  return 'refused' in given ? given.refused : opened(given.xml);
}

/** The parsed domain, with places; or what is wrong with it. */
function opened(xml: string): Domain | InvalidInput {
  try {
    const domain = openDomain(xml);
    return domain.placed && domain;
  } catch (error) {
    if (error instanceof InvalidInput) return error;
    throw error;
  }
}

/** Of this host's switch. */
async function networkMtus(): Promise<Map<string, number>> {
  const networks = await networksWithMtu(controlSocketPath(undefined, process.env));
  return new Map(networks.flatMap(({ name, mtu }) => (mtu === undefined ? [] : [[name, mtu]])));
}

/** Reads what a domain has to do with; what is the same for all domains once, and only if one asks for it. */
function hostReader({ root, session }: NonNullable<Checks['host']>) {
  const factsFor = hostFactsReader(root);
  let ofSwitch: Promise<SwitchFacts> | undefined;
  let mtus: Promise<Map<string, number>> | undefined;
  let hook: ReturnType<typeof hookCovers> | undefined;
  return async (domain: Domain): Promise<HostFacts> => {
    const onSwitch = domain.nics.filter(({ type }) => type === 'vhostuser');
    if (onSwitch.length > 0) ofSwitch ??= switchFacts(root);
    const large = onSwitch.some((nic) => largeMtu(nic) !== undefined);
    if (large && root === '/') mtus ??= networkMtus();
    hook ??= hookCovers(root);
    const facts = {
      ...(onSwitch.length > 0 && (await ofSwitch)),
      ...(large && mtus && { networkMtus: await mtus }),
      ...factsFor(hostQuestions(domain)),
      ...hook,
    };
    return session ? { ...facts, account: ourselves() } : facts;
  };
}

/** The present user, who also runs the QEMU of a session. */
function ourselves(): Account {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return { name: String(uid), uid, gids: [gid, ...(process.getgroups?.() ?? [])] };
}

/** Asks about all domains at once, and then, of those that are not valid, about what is to blame. */
async function schemaAsker({ schema, host, tell }: Checks, domains: readonly Domain[]) {
  const path = resolve(schema ?? `${host?.root ?? '/'}/${SCHEMA}`);
  const texts = [...new Set(domains.flatMap((domain) => schemaText(domain) ?? []))];
  const [probe, ...answers] = await askSchemas(['<domain/>', ...texts], path);
  if (probe && 'errors' in probe) {
    const known = new Map(texts.map((text, i) => [text, answers[i]]));
    return (domain: Domain) =>
      askForError(domain, async (asked) => {
        const found = asked.map((text) => known.get(text));
        const now = found.every((one) => one) ? found : await askSchemas(asked, path);
        return now.map((answer) => {
          if (answer && 'errors' in answer) return answer.errors;
          const problem = answer?.trouble ?? 'it said nothing';
          throw new Failed({ thing: 'xmllint', problem, remedy: 'try it by hand' });
        });
      });
  }
  const trouble = probe?.trouble ?? '';
  if (schema !== undefined) {
    const remedy = 'name a RELAX NG schema, such as /usr/share/libvirt/schemas/domain.rng';
    throw new InvalidInput({ thing: 'schema', problem: trouble, remedy });
  }
  tell(`not checked against libvirt's schema: ${trouble}`);
  return async () => undefined;
}

/** All domains of libvirt; none without libvirt. */
async function domainsOf(uri: string, { tell }: Checks): Promise<Other[]> {
  let libvirt: Libvirt | undefined;
  try {
    libvirt = await connect(uri);
    const found: Other[] = [];
    for (const { info, xml = '' } of await libvirt.listXml(() => ['xml'])) {
      const running = info.state !== 'shut off';
      const other = otherDomain(xml, `domain ${info.name}`, { host: true, running });
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
