import { VmlaneError } from '../values/errors.js';
import { plain } from '../values/plain.js';
import type { Screen, TerminalEvents } from './terminal.js';

/** What a command may do with the world around it; tests give their own. */
export interface Io {
  /** Writes data to stdout. */
  out(text: string): void;
  /** Writes data to stdout, and waits for a slow reader. False: nobody reads any more. */
  bytes(data: Buffer | string): Promise<boolean>;
  /** Writes messages to stderr. */
  err(text: string): void;
  /** Reads standard input up to `limit` + 1 bytes, so that the caller sees when there is more. */
  stdin(limit: number): Promise<Buffer>;
  env: NodeJS.ProcessEnv;
  /** Whether to use colours on stdout. */
  color: boolean;
  /** Standard output is a terminal. */
  outIsTerminal: boolean;
  /** Aborts when nobody reads stdout any more, which shows when something is written: for commands without an end. */
  unread(): AbortSignal;
  /** How to take the terminal at stdin and stdout; undefined: there is none. */
  terminal(): Promise<((events: TerminalEvents) => Screen) | undefined>;
  /** From now on the first Ctrl-C or SIGTERM aborts this signal; the second ends the process. */
  interrupted(): AbortSignal;
  /**
   * No signal ends the process while it acts; Ctrl-C and SIGTERM abort the signal that it gets. Not SIGHUP: what was
   * begun over a connection that is lost on the way is best brought to its end.
   */
  held<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/**
 * Writes a line to stderr, with the program's name before it. What other hosts, switches and files have put into it moves
 * no cursor.
 */
export function say(io: Pick<Io, 'err'>, text: string): void {
  const shown = text.split('\n').map(plain).join('\n');
  io.err(shown.startsWith('vmlane') ? `${shown}\n` : `vmlane: ${shown}\n`);
}

/** Waits until it is. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Says what went wrong beside a command's own work: where it came from only if we did not foresee it. */
export function sayError(io: Pick<Io, 'err'>, error: unknown): void {
  if (error instanceof VmlaneError) say(io, error.message);
  else say(io, error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** Colours only on a terminal, and not with NO_COLOR (no-color.org). */
export function wantsColor(env: NodeJS.ProcessEnv, isTTY: boolean | undefined): boolean {
  return isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
