import type { Given, Judged } from '../../../guests/validate.js';
import { libvirtUri } from '../../../libvirt/uri.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { type Io, say } from '../../io.js';
import { optionsNamed } from '../../option-names.js';
import { flag, json, text } from '../../options.js';
import { printJson } from '../../output.js';
import { connectOption, withLibvirt } from '../libvirt.js';

/** `vmlane domain validate` */
export const domainValidate = command({
  path: ['domain', 'validate'],
  summary: 'Check specs or domain XML, also against this host',
  positionals: {},
  several: {
    name: 'FILE',
    describe: 'specs in YAML or JSON, domain XML, or folders of them; - is standard input',
    optional: true,
    names: 'file',
  },
  options: {
    domain: text('domain', 'Instead of FILE: a domain that libvirt has; it is only read', 'domain'),
    ...connectOption,
    offline: flag('Check the files only, not this host or libvirt'),
    schema: text('schema', "libvirt's RNG schema [default: the one that is installed]", 'file'),
    root: text('root', 'Folder that stands for / when the host is looked at [default: /]', 'file'),
    json,
  },
  examples: [
    ['domain validate web1.yaml', 'is it good, and does it fit this host?'],
    ['domain validate guests', 'all files of a folder'],
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
    const { readGuests, validateGuests } = await import('../../../guests/validate.js');
    const given =
      domain === undefined
        ? await readGuests(words, { ...io, uri, ...(root !== undefined && { root }) })
        : [await withLibvirt(uri, (of) => definitionOf(of, domain))];
    const options = {
      ...{ root, offline, schema, tell: (line: string) => say(io, line) },
      // With --root, libvirt is asked only if --connect names it.
      uri: root === undefined ? uri : connect,
    };
    const found = await optionsNamed(['schema'], () => validateGuests(given, options));
    if (asJson) printJson(io, found.map(plain));
    else print(io, found);
    const errors = found.filter(({ level }) => level === 'error');
    const names = given.map(({ label }) => label);
    if (errors.length === 0) say(io, oneLine(`${listed(names)}: no errors`));
    return errors.some(({ host }) => !host) ? 2 : errors.length > 0 ? 1 : 0;
  },
});

/** As many names as fit a line. */
const MOST_NAMES = 4;

function listed(names: readonly string[]): string {
  return names.length > MOST_NAMES ? `${names.length} files` : names.join(', ');
}

async function definitionOf(
  libvirt: { definition(name: string): Promise<string> },
  name: string,
): Promise<Given> {
  return { label: `domain ${name}`, xml: await libvirt.definition(name) };
}

/** Findings go to stdout; what could not be judged goes to stderr. */
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

/** Without line ends, which a file's name can have. */
function oneLine(line: string): string {
  return line.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?');
}
