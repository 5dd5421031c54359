import { VmlaneError } from '../values/errors.js';
import type { Group } from './command.js';
import { allGroups, commandNamed } from './commands/index.js';
import { type Io, say } from './io.js';
import { type Selection, select } from './parser.js';
import { currentName, renamed } from './renamed.js';
import { report } from './report.js';

/**
 * Runs the command that the words after `vmlane` name. Returns the exit code: 0 done, 1 failed,
 * 2 usage or invalid input. Never rejects: report.ts prints errors on stderr.
 */
export async function run(given: readonly string[], io: Io): Promise<number> {
  try {
    const words = await inOrder(given);
    const text = await textFor(words, io);
    if (text !== undefined) {
      io.out(text);
      return 0;
    }
    const some = await loaded(words);
    const { words: current, notices } = renamed(words, some);
    for (const notice of notices) say(io, notice);
    const selection = trySelect(current, some) ?? select(current, await allGroups());
    if (selection.kind === 'run') return (await selection.command.run(selection.values, io)) ?? 0;
    io.out(selection.text);
    return 0;
  } catch (error) {
    return report(error, asksForJson(given), io);
  }
}

/** With the command first, which `--host` may stand before. */
async function inOrder(words: readonly string[]): Promise<readonly string[]> {
  if (!words[0]?.startsWith('--host')) return words;
  return (await import('./host-first.js')).hostLast(words);
}

/** What is no command's: help on a topic, and a shell's question. Loaded only then. */
async function textFor(words: readonly string[], io: Io): Promise<string | undefined> {
  const [first, ...rest] = words;
  if (first === 'help') return (await import('./help.js')).helpOnTopic(words);
  if (first === COMPLETE) return (await import('./completion/index.js')).completion(rest, io);
  return undefined;
}

/** The hidden word by which shells ask: `vmlane __complete WORD…`. */
const COMPLETE = '__complete';

/** What the words need: one command, nothing, or, where they name none, all. */
async function loaded(words: readonly string[]): Promise<Group[]> {
  if (words.length === 1 && words[0] === '--version') return [];
  const [group, name] = currentName(words);
  const found = await commandNamed(group, name);
  return found ? [found] : allGroups();
}

/** The selection, if it does not depend on other commands; help and errors may name them. */
function trySelect(words: readonly string[], some: readonly Group[]): Selection | undefined {
  try {
    const found = select(words, some);
    return found.kind === 'run' || some.length === 0 ? found : undefined;
  } catch (error) {
    if (error instanceof VmlaneError) return undefined;
    throw error;
  }
}

/** Looks for --json before the words are parsed, so that usage errors are JSON, too. */
function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? undefined : end).includes('--json');
}
