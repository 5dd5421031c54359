import { VmlaneError } from '../values/errors.js';
import { type Io, say } from './io.js';
import { select } from './parser.js';

/**
 * Does what the words after `vmlane` ask. Gives the exit status: 0 done, 1 failed, 2 usage or
 * invalid input. Never rejects; every error is one line on standard error.
 */
export async function run(words: readonly string[], io: Io): Promise<number> {
  try {
    const selection = select(words);
    if (selection.kind === 'run') return (await selection.command.run(selection.values, io)) ?? 0;
    io.out(selection.text);
    return 0;
  } catch (error) {
    return report(error, io);
  }
}

function report(error: unknown, io: Io): number {
  const debug = io.env.VMLANE_DEBUG === '1';
  if (error instanceof VmlaneError) {
    say(io, error.message);
    if (debug) io.err(`${error.stack}\n`);
    return error.exitCode;
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  say(io, `unexpected error: ${message.split('\n')[0]}; VMLANE_DEBUG=1 shows where, please report`);
  if (debug) io.err(`${stack}\n`);
  return 1;
}
