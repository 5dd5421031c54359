import { groups } from './commands/index.js';
import { type Io, say } from './io.js';
import { select } from './parser.js';
import { renamed } from './renamed.js';
import { report } from './report.js';

/**
 * Runs the command that the words after `vmlane` name. Returns the exit code: 0 done, 1 failed,
 * 2 usage or invalid input. Never rejects: report.ts prints errors on stderr.
 */
export async function run(words: readonly string[], io: Io): Promise<number> {
  try {
    const { words: current, notices } = renamed(words, groups);
    for (const notice of notices) say(io, notice);
    const selection = select(current, groups);
    if (selection.kind === 'run') return (await selection.command.run(selection.values, io)) ?? 0;
    io.out(selection.text);
    return 0;
  } catch (error) {
    return report(error, asksForJson(words), io);
  }
}

/** Looks for --json before the words are parsed, so that usage errors are JSON, too. */
function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? undefined : end).includes('--json');
}
