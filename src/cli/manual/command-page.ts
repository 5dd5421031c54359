/** Pages of commands and their groups, from the definitions that the help is made of. */
import type { Command, Group, Names, Option } from '../command.js';
import { HELP, SUMMARY, usageOf, VERSION, wordsOf } from '../parser.js';
import { blocksOf } from '../prose.js';
import { topics } from '../topics/index.js';
import { EXIT_CODES, environmentOf, filesOf } from './facts.js';
import { type Page, type PageBlock, part, terms } from './page.js';

/** The page of all of them, vmlane(1). */
export function programPage(groups: readonly Group[]): Page {
  return {
    name: 'vmlane',
    section: 1,
    summary: SUMMARY,
    parts: [
      ...part('SYNOPSIS', {
        kind: 'usage',
        lines: ['vmlane GROUP COMMAND [options]', 'vmlane help [TOPIC]', 'vmlane --version'],
      }),
      ...part(
        'DESCRIPTION',
        ...blocksOf(`vmlane connects the virtio network cards of KVM/QEMU guests to vhost-switch, a switch in user
space. Start with 'vmlane help ways', or vmlane-ways(7).`),
      ),
      ...part(
        'COMMANDS',
        ...groups.flatMap((group): PageBlock[] => [
          { kind: 'heading', text: group.summary },
          ...terms(group.commands.map((one) => [`vmlane ${one.path.join(' ')}`, one.summary])),
        ]),
      ),
      ...part('TOPICS', ...terms(topics.map((one) => [`vmlane help ${one.name}`, one.summary]))),
      ...part('OPTIONS', { kind: 'options', items: COMMON }),
      ...part('EXIT STATUS', ...terms(EXIT_CODES)),
      ...part('ENVIRONMENT', ...terms(environmentOf(groups.flatMap(({ commands }) => commands)))),
      ...part('FILES', ...terms(filesOf(groups.flatMap(({ commands }) => commands)))),
      ...part('SEE ALSO', {
        kind: 'pages',
        names: [
          ...groups.map(({ name }) => `vmlane-${name}(1)`),
          ...['vhost-switch(1)', 'qemu-wrap(1)'],
          ...topics.map(({ name }) => `vmlane-${name}(7)`),
        ],
      }),
    ],
  };
}

/** The page of a group, such as vmlane-switch(1). */
export function groupPage({ name, summary, commands, alone }: Group): Page {
  const described = commands.map(
    ({ path, summary }) => [`vmlane ${path.join(' ')}`, summary] as const,
  );
  return {
    name: `vmlane-${name}`,
    section: 1,
    summary,
    parts: [
      ...part('SYNOPSIS', {
        kind: 'usage',
        lines: [`vmlane ${name} ${alone ? '[COMMAND]' : 'COMMAND'} [options]`],
      }),
      ...part('COMMANDS', ...terms(described)),
      ...part('SEE ALSO', {
        kind: 'pages',
        names: [...commands.map((one) => `${nameOf(one)}(1)`), 'vmlane(1)'],
      }),
    ],
  };
}

/** The page of a command, such as vmlane-switch-ports(1). */
export async function commandPage(command: Command, group: Group): Promise<Page> {
  const manual = (await command.manual?.()) ?? '';
  const items = Object.entries(command.options).map(([name, option]) => ({
    flags: flagsOf(name, option),
    text: describedBy(option),
  }));
  return {
    name: nameOf(command),
    section: 1,
    summary: command.summary,
    parts: [
      ...part('SYNOPSIS', { kind: 'usage', lines: [usageOf(command)] }),
      ...part(
        'DESCRIPTION',
        { kind: 'paragraph', text: `${command.summary}.` },
        ...terms(wordsOf(command).map(({ word, describe }) => [word, describe])),
        ...blocksOf(manual),
      ),
      ...part('OPTIONS', { kind: 'options', items: [...items, ...COMMON] }),
      ...part(
        'EXAMPLES',
        ...terms(command.examples.map(([line, what]) => [`vmlane ${line}`, what])),
      ),
      ...part('EXIT STATUS', ...terms(EXIT_CODES)),
      ...part('FILES', ...terms(filesOf([command]))),
      ...part('ENVIRONMENT', ...terms(environmentOf([command]))),
      ...part('SEE ALSO', { kind: 'pages', names: seeAlso(command, group) }),
    ],
  };
}

/** What a page of a command is called. */
export function nameOf({ path }: Pick<Command, 'path'>): string {
  return `vmlane-${path.join('-')}`;
}

const COMMON = [
  { flags: '-h, --help', text: HELP },
  { flags: '--version', text: VERSION },
];

/** What stands for an option's value where it is the name of something. */
const VALUES: Readonly<Record<Names, string>> = {
  domain: 'DOMAIN',
  port: 'PORT',
  network: 'NETWORK',
  relay: 'RELAY',
  vf: 'VF',
  'vf-address': 'ADDRESS',
  pf: 'PF',
  'libvirt-network': 'NETWORK',
  interface: 'INTERFACE',
  topic: 'TOPIC',
  example: 'EXAMPLE',
  file: 'PATH',
};

function flagsOf(name: string, option: Option): string {
  const { alias, type, words, names } = option;
  const short = [alias ?? []].flat().map((one) => `-${one}, `);
  const value =
    words?.join('|') ?? (names && VALUES[names]) ?? (type === undefined ? 'N' : 'VALUE');
  return `${short.join('')}--${name}${type === 'boolean' ? '' : `=${value}`}`;
}

function describedBy({ describe = '', demandOption }: Option): string {
  return `${describe}.${demandOption ? ' Required.' : ''}`;
}

function seeAlso(command: Command, { name, commands }: Group): string[] {
  const others = commands.filter((one) => one !== command).map((one) => `${nameOf(one)}(1)`);
  const subjects = topics.filter((topic) => [name, `${name}s`].includes(topic.name));
  return [
    'vmlane(1)',
    `vmlane-${name}(1)`,
    ...others,
    ...subjects.map((topic) => `vmlane-${topic.name}(7)`),
    'vmlane-troubleshooting(7)',
  ];
}
