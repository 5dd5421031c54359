import type { Given, Judged } from '../../../guests/validate.js';
import { isRemote, libvirtUri } from '../../../libvirt/uri.js';
import { nameOf, readInput } from '../../../system/input.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { flag, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption, withLibvirt } from '../libvirt.js';
import { guestOfSpec } from './spec.js';

/** `vmlane domain validate` */
export const domainValidate = command({
  path: ['domain', 'validate'],
  summary: 'Say what is wrong with specs or domain XML, and whether this host fits',
  positionals: {},
  several: {
    name: 'FILE',
    describe: 'specs in YAML or JSON, or domain XML; - is standard input',
    optional: true,
  },
  options: {
    domain: text('domain', 'Instead of FILE: a domain that libvirt has; it is only read'),
    ...connectOption,
    offline: flag('Only the files: neither this host nor libvirt are looked at'),
    schema: text('schema', "libvirt's RNG schema [default: the one that is installed]"),
    root: text('root', 'Folder that stands for / when the host is looked at [default: /]'),
    json,
  },
  examples: [
    ['domain validate web1.yaml', 'is it good, and does it fit this host?'],
    [
      'domain validate web1.xml web2.xml --offline',
      'also whether they get in the way of each other',
    ],
    ['domain validate --domain web1', 'one that is defined'],
  ],
  async run({ words, domain, connect, offline, schema, root, json: asJson }, io) {
    if ((words.length === 0) === (domain === undefined)) {
      const problem = domain === undefined ? 'neither FILE nor --domain' : 'both FILE and --domain';
      throw new InvalidInput({
        thing: 'vmlane domain validate',
        problem,
        remedy: 'give one of them',
      });
    }
    const uri = libvirtUri(connect, io.env);
    const remote = isRemote(uri);
    if (remote && !offline) say(io, `${uri} is another host: this one is not looked at`);
    const { validate } = await import('../../../guests/validate.js');
    const given =
      domain === undefined
        ? await Promise.all(words.map((file) => readGiven(file, root, uri, io)))
        : [await withLibvirt(uri, (of) => definitionOf(of, domain))];
    const found = await validate(given, {
      schema,
      host:
        offline || remote ? undefined : { root: root ?? '/', session: /\/session(\?|$)/.test(uri) },
      // Another tree's libvirt does not run here.
      uri: offline || (root !== undefined && connect === undefined) ? undefined : uri,
      tell: (line) => say(io, line),
    });
    if (asJson) printJson(io, found.map(plain));
    else print(io, found);
    const errors = found.filter(({ level }) => level === 'error');
    const names = given.map(({ label }) => label).join(', ');
    if (errors.length === 0) say(io, oneLine(`${names}: no errors`));
    return errors.some(({ host }) => !host) ? 2 : errors.length > 0 ? 1 : 0;
  },
});

async function readGiven(
  file: string,
  root: string | undefined,
  uri: string,
  io: Io,
): Promise<Given> {
  const label = nameOf(file);
  try {
    const text = await readInput(file, io);
    if (text.trimStart().startsWith('<') || file.endsWith('.xml')) return { label, xml: text };
    const guest = await guestOfSpec(text, file, { uri, ...(root !== undefined && { root }) });
    const { domainXml } = await import('../../../domain/index.js');
    // 'vmlane domain define' makes these.
    const made = guest.disks.flatMap(({ seed, path }) => (seed ? [path] : []));
    return { label, xml: domainXml(guest), made };
  } catch (error) {
    if (error instanceof InvalidInput) return { label, refused: error };
    throw error;
  }
}

async function definitionOf(
  libvirt: { definition(name: string): Promise<string> },
  name: string,
): Promise<Given> {
  return { label: `domain ${name}`, xml: await libvirt.definition(name) };
}

/** Findings are data; what could not be judged is talk. */
function print(io: Io, found: readonly Judged[]): void {
  for (const { file, level, path, problem, remedy } of found) {
    const place = path === '' ? '' : `${path}: `;
    const line = oneLine(`${file}: ${level}: ${place}${problem}; ${remedy}`);
    if (level === 'note') say(io, line);
    else io.out(`${line}\n`);
  }
}

function plain({ file, level, path, problem, remedy, rule }: Judged) {
  return { file, level, path, problem, remedy, rule };
}

/** A file's name, too, must not end a line. */
function oneLine(line: string): string {
  return line.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?');
}
