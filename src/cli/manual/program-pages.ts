/** Pages of the programs beside vmlane, from what these and their documents say. */

import { variableOf } from '../../host/wrap/settings/environment.js';
import { KEYS } from '../../host/wrap/settings/values.js';
import { SWITCH_SETTINGS_FILE } from '../../switch/settings-file.js';
import { blocksOf } from '../prose.js';
import { wrapFacts } from './facts.js';
import { type Page, type PageBlock, part, terms } from './page.js';

/** The page of vhost-switch, from what `vhost-switch --help` prints. */
export function switchPage(help: string): Page {
  const { usage, summary, options, after } = partsOfHelp(help);
  return {
    name: 'vhost-switch',
    section: 1,
    summary: 'Switches Ethernet frames between virtual machines over vhost-user',
    parts: [
      ...part('SYNOPSIS', { kind: 'usage', lines: [usage] }),
      ...part('DESCRIPTION', ...blocksOf(`${summary}\n\n${SWITCH}`)),
      ...part('OPTIONS', { kind: 'options', items: options }),
      ...part('EXAMPLES', ...examples(after)),
      ...part(
        'EXIT STATUS',
        ...terms([
          ['0', 'it was asked to end'],
          ['1', 'it could not start, or failed'],
          ['2', 'its options cannot be'],
        ]),
      ),
      ...part('SEE ALSO', { kind: 'pages', names: ['vmlane-switch-start(1)', 'vmlane(1)'] }),
    ],
  };
}

const SWITCH = `
'vmlane switch start' starts it with memory, processors and rights as this host needs them, and with the options in
${SWITCH_SETTINGS_FILE}; vmlane-switch-start(1). What is below is for a start by hand.

Options before the two dashes are DPDK's: those of the environment abstraction layer (EAL), such as -l 2,3 for the
processors that forward, -a for a device, and --no-pci for none.
`;

interface Help {
  usage: string;
  summary: string;
  options: { flags: string; text: string }[];
  after: string[];
}

/** An option's line: two spaces, the option, its value, another name for it, and the first words of what it does. */
const OPTION =
  /^ {2}(--?[a-z][\w-]*|-[A-Z])(?: ([A-Z]+(?:=[A-Z]+)?|[\d|]+))?(?:, (--[\w-]+))?(?: +(.*))?$/;

/** The column in which a description goes on. */
const INDENT = /^ {20,}(\S.*)$/;

/** The parts of a program's help. Throws if it has none, so that a page never lacks what the help has. */
export function partsOfHelp(help: string): Help {
  const lines = help.trimEnd().split('\n');
  const blank = lines.indexOf('');
  const last = lines.indexOf('', blank + 1);
  const usage = /^Usage: (.*)$/.exec(lines[0] ?? '')?.[1];
  if (usage === undefined || blank < 0 || last < 0) throw new Error('help: is not as it was');
  const options: Help['options'] = [];
  for (const line of lines.slice(blank + 1, last)) {
    const more = INDENT.exec(line)?.[1];
    const before = options.at(-1);
    if (more !== undefined && before) {
      before.text = `${before.text} ${more}`;
      continue;
    }
    const [found, option, value, other, text = ''] = OPTION.exec(line) ?? [];
    if (!found) throw new Error(`help: ${line}: is no option`);
    options.push({
      flags: `${option}${value ? ` ${value}` : ''}${other ? `, ${other}` : ''}`,
      text,
    });
  }
  return { usage, summary: lines.slice(1, blank).join(' '), options, after: lines.slice(last + 1) };
}

/** Lines that begin with spaces are commands; the others say what these are for. */
function examples(lines: readonly string[]): PageBlock[] {
  const joined: PageBlock[] = [];
  for (const line of lines) {
    const command = /^ {2}(.*)$/.exec(line)?.[1];
    const before = joined.at(-1);
    if (command === undefined) joined.push({ kind: 'paragraph', text: line });
    else if (before?.kind === 'literal') before.lines.push(command);
    else joined.push({ kind: 'literal', lines: [command] });
  }
  return joined;
}

/** The page of qemu-wrap, from its README's tables. */
export function wrapPage(readme: string): Page {
  const settings = rowsOf(readme, 'key').map(([key = '', usual = '', what = '']) => {
    return [key, usual === '' ? what : `${what} [default: ${usual}]`] as const;
  });
  const rules = rowsOf(readme, 'rule').map(([rule = '', on = '', to = '']) => {
    return [rule, `${on}: ${to}`] as const;
  });
  return {
    name: 'qemu-wrap',
    section: 1,
    summary: 'Becomes QEMU, with virtio network cards on the switch',
    parts: [
      ...part('SYNOPSIS', { kind: 'usage', lines: ['qemu-wrap QEMU-ARGUMENT...'] }),
      ...part(
        'DESCRIPTION',
        ...blocksOf(WRAP),
        { kind: 'heading', text: 'What it changes' },
        ...terms(rules),
        { kind: 'heading', text: 'Settings' },
        ...blocksOf(SETTINGS),
        ...terms(settings),
      ),
      ...part(
        'ENVIRONMENT',
        ...terms([
          ...wrapFacts.environment,
          ...KEYS.map((key) => [variableOf(key), `sets ${key}`] as const),
        ]),
      ),
      ...part('FILES', ...terms(wrapFacts.files)),
      ...part(
        'EXIT STATUS',
        ...blocksOf('1 or 2, as vmlane(1), if the guest is refused; else that of QEMU.'),
      ),
      ...part(
        'EXAMPLES',
        { kind: 'paragraph', text: 'What it would change, without running anything:' },
        {
          kind: 'literal',
          lines: [
            'vmlane wrap explain -- -name web -m 1G -netdev tap,id=n0 -device virtio-net-pci,netdev=n0',
          ],
        },
      ),
      ...part('SEE ALSO', {
        kind: 'pages',
        names: ['vmlane-wrap-install(1)', 'vmlane-wrap-explain(1)', 'vmlane-ways(7)', 'vmlane(1)'],
      }),
    ],
  };
}

const WRAP = `
qemu-wrap is called in place of QEMU, with the same arguments: it rewrites those of virtio network cards and of memory so
that the guest is on the switch, and becomes QEMU. Run by root it adds the ports; as QEMU's own user it needs libvirt's
hook to add them before ('vmlane hook install'). As the emulator of a domain, which 'vmlane wrap install'
makes it, it does so at each start, without a change of the definition's network cards.

Whatever would leave the guest without network is refused before QEMU runs, in one line that 'virsh start' shows.
Everything that is not in the list below is passed on byte for byte.
`;

const SETTINGS = `
The files may set any of these keys, and under guests the same for one guest, by its name or UUID. Later ones win: defaults,
files, the guest by name, by UUID, variables. 'vmlane wrap config' shows the result and where each value comes from.
`;

/** The rows of the table with this word at the head of its first column, as plain text. Throws if there is none. */
export function rowsOf(markdown: string, head: string): string[][] {
  const lines = markdown.split('\n');
  const first = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  const rest = lines.slice(first + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  if (first < 0 || end < 1) throw new Error(`no table of ${head}`);
  return rest.slice(0, end).map((row) => {
    const cells = row.split(/(?<!\\)\|/).slice(1, -1);
    return cells.map((cell) => plain(cell.trim()));
  });
}

function plain(markdown: string): string {
  return markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('`', '')
    .replaceAll('\\|', '|');
}
