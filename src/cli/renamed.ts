import type { Command, Group } from './command.js';

/** A name that has changed; the old one is accepted for one version, with a warning. */
export interface Renamed {
  old: string;
  now: string;
  /** The version that brought the new name; the one after it drops the old. */
  since: string;
}

/** A renamed option; `values` maps old values to new ones. */
export interface RenamedOption extends Renamed {
  values?: Readonly<Record<string, string>>;
}

/** Old names of options. They apply to every command that has `now` and no option `old` of its own. */
export const OPTIONS: readonly RenamedOption[] = [
  { old: 'switch', now: 'control-socket', since: '0.1' },
  { old: 'cores', now: 'cpus', since: '0.1' },
  { old: 'file', now: 'write', since: '0.1' },
  {
    ...{ old: 'mode', now: 'listener', since: '0.1' },
    values: { client: 'qemu', server: 'switch' },
  },
];

/** Old names of commands. */
export const COMMANDS: readonly Renamed[] = [
  { old: 'switch change', now: 'switch set', since: '0.1' },
  { old: 'switch mirror', now: 'switch capture', since: '0.1' },
];

/** A command line with current names, and a line about each old name that was in it. */
export interface Current {
  words: string[];
  notices: string[];
}

/** Replaces old names by current ones; `words` are those after `vmlane`. */
export function renamed(
  words: readonly string[],
  groups: readonly Group[],
  tables: { options: readonly RenamedOption[]; commands: readonly Renamed[] } = {
    options: OPTIONS,
    commands: COMMANDS,
  },
): Current {
  const notices = new Set<string>();
  const moved = movedCommand(words, tables.commands);
  if (moved) notices.add(notice(`'vmlane ${moved.old}'`, `'vmlane ${moved.now}'`, moved));
  const [group, name] = currentName(words, tables.commands);
  const command = groups
    .find((one) => one.name === group)
    ?.commands.find(({ path }) => path[1] === name);
  if (!command) return { words: [...words], notices: [] };
  const rest = words.slice(2);
  const end = rest.includes('--') ? rest.indexOf('--') : rest.length;
  const options = tables.options.filter((one) => isOldOf(command, one));
  const current = rest.slice(0, end).flatMap((word, i) => {
    const value = valueAfter(rest[i - 1], options);
    if (value) return [value.values?.[word] ?? word];
    const found = options.find(({ old }) => word === `--${old}` || word.startsWith(`--${old}=`));
    if (!found) return [word];
    notices.add(notice(`--${found.old}`, `--${found.now}`, found));
    const [, assigned] = /=(.*)$/s.exec(word) ?? [];
    if (assigned === undefined) return [`--${found.now}`];
    return [`--${found.now}=${found.values?.[assigned] ?? assigned}`];
  });
  return { words: [...command.path, ...current, ...rest.slice(end)], notices: [...notices] };
}

/** Group and name that the first two words mean now. */
export function currentName(
  words: readonly string[],
  commands: readonly Renamed[] = COMMANDS,
): string[] {
  return movedCommand(words, commands)?.now.split(' ') ?? words.slice(0, 2);
}

function movedCommand(words: readonly string[], commands: readonly Renamed[]): Renamed | undefined {
  const given = words.slice(0, 2).join(' ');
  return commands.find(({ old }) => old === given);
}

function isOldOf({ options }: Command, { old, now }: RenamedOption): boolean {
  return now in options && !(old in options);
}

/** The option whose value follows this word. */
function valueAfter(word: string | undefined, options: readonly RenamedOption[]) {
  return options.find(({ old }) => word === `--${old}`);
}

function notice(old: string, now: string, { since }: Renamed): string {
  return `${old} is now ${now} (since ${since}); the old name goes with the next version`;
}
