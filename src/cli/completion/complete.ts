/** From the words of a command line to what may stand for its last one. */
import type { Command, Completed } from '../command.js';
import { commandNamed, index } from '../commands/index.js';
import { HELP, VERSION } from '../parser.js';
import { currentName } from '../renamed.js';
import type { Ask, Candidate } from './names.js';

/** What may stand for a word: these, or a file's name, which shells know best. */
export type Completion = { files: true } | { files: false; candidates: Candidate[] };

/**
 * Completes the last of the words after `vmlane`, which may be empty. Names are asked for only where one is wanted.
 * Rejects as `ask` does.
 */
export async function complete(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  ask: Ask,
): Promise<Completion> {
  const before = words.slice(0, -1);
  const last = words.at(-1) ?? '';
  const found = await possible(before, last, env, ask);
  if (found === 'files') return { files: true };
  const known = new Set<string>();
  const candidates = found.filter(({ word }) => {
    const fits = word.startsWith(last) && !known.has(word) && !/\p{Cc}/u.test(word);
    return fits && known.add(word);
  });
  return { files: false, candidates };
}

type Possible = Candidate[] | 'files';

async function possible(
  before: string[],
  last: string,
  env: NodeJS.ProcessEnv,
  ask: Ask,
): Promise<Possible> {
  const [first, second] = before;
  if (first === undefined) return last.startsWith('-') ? common : [...groups, help];
  if (first === 'help') return helpOn(before.slice(1), ask, env);
  const [group, name] = currentName(before);
  const found = await commandNamed(group, name);
  const command = found?.commands[0];
  if (!found || !command) return before.length === 1 ? commandsOf(first) : [];
  // Its one command may go without a name; until a word says otherwise it may be either.
  const named = second !== undefined && (!found.alone || second === command.path[1]);
  const given = before.slice(named ? 2 : 1);
  const more = await inCommand({ command, given, last, env, ask });
  if (before.length > 1 || more === 'files') return more;
  return [...commandsOf(first), ...more];
}

const common: Candidate[] = [
  { word: '--help', what: HELP },
  { word: '--version', what: VERSION },
];

const groups = index.map(({ name, summary }) => ({ word: name, what: summary }));
const help = { word: 'help', what: 'Explain concepts, or a command' };

function commandsOf(group: string): Candidate[] {
  const { commands = {} } = index.find(({ name }) => name === group) ?? {};
  return Object.keys(commands).map((word) => ({ word, what: `vmlane ${group} ${word}` }));
}

async function helpOn(before: string[], ask: Ask, env: NodeJS.ProcessEnv): Promise<Possible> {
  const [group, ...more] = before;
  if (group === undefined) return [...(await ask('topic', { env, values: {} })), ...groups];
  return more.length === 0 ? commandsOf(group) : [];
}

interface Line {
  command: Command;
  /** The words after its name, and the one that is completed. */
  given: string[];
  last: string;
  env: NodeJS.ProcessEnv;
  ask: Ask;
}

async function inCommand({ command, given, last, env, ask }: Line): Promise<Possible> {
  // What follows is another program's.
  if (given.includes('--')) return 'files';
  const { values, words, open } = read(command, given);
  const named = async ({ names, words: some = [] }: Completed): Promise<Possible> => {
    if (names === 'file') return 'files';
    const fixed = some.map((word) => ({ word, what: '' }));
    if (!names) return fixed;
    // One that looks like an option would be taken for one.
    const found = (await ask(names, { env, values })).filter(({ word }) => !word.startsWith('-'));
    return [...fixed, ...found];
  };
  if (open !== undefined) return named(command.options[open] ?? {});
  const assigned = /^--([^=]+)=/.exec(last);
  if (assigned) {
    const [start, option = ''] = assigned;
    const found = await named(command.options[option] ?? {});
    if (found === 'files') return found;
    return found.map(({ word, what }) => ({ word: start + word, what }));
  }
  if (last.startsWith('-')) return optionsOf(command, values);
  return named(positional(command, words));
}

/** What words say: options with their values, words, and the option that still wants its value. */
function read(command: Command, given: readonly string[]) {
  const values: Record<string, string> = {};
  let words = 0;
  let open: string | undefined;
  for (const word of given) {
    if (open !== undefined) {
      values[open] = word;
      open = undefined;
      continue;
    }
    const [, dashes = '', written = '', assigned] = /^(--?)([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (dashes === '') {
      words += 1;
      continue;
    }
    const name = dashes === '-' ? longOf(command, written) : written;
    values[name] = assigned ?? '';
    if (assigned === undefined && command.options[name]?.requiresArg) open = name;
  }
  return { values, words, open };
}

function longOf({ options }: Command, short: string): string {
  const found = Object.entries(options).find(([, { alias }]) => [alias].flat().includes(short));
  return found?.[0] ?? short;
}

/** Options that are not there yet, or may be there again. */
function optionsOf({ options }: Command, values: Readonly<Record<string, string>>): Candidate[] {
  const free = Object.entries(options).filter(
    ([name, { type }]) => type === 'array' || !(name in values),
  );
  const own = free.map(([name, { describe = '' }]) => ({ word: `--${name}`, what: describe }));
  return [...own, ...common.slice(0, 1)];
}

/** What the word after so many others may be. */
function positional({ positionals, optional = {}, several }: Command, words: number): Completed {
  const all = [...Object.values(positionals), ...Object.values(optional)];
  if (all[words]) return all[words];
  // Its words are for its first one.
  const { words: first, ...names } = several ?? {};
  return first && words === all.length ? { ...names, words: first } : names;
}
