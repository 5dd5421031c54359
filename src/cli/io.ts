/** What a command may do with the world around it; tests give their own. */
export interface Io {
  /** Data, for the next program. */
  out(text: string): void;
  /** Talk, for the person. */
  err(text: string): void;
  /** Standard input, up to `limit` bytes and one more, so that too much shows. */
  stdin(limit: number): Promise<Buffer>;
  env: NodeJS.ProcessEnv;
  /** Whether colours suit standard output. */
  color: boolean;
  /** From now on the first Ctrl-C or SIGTERM aborts this signal; the second ends the process. */
  interrupted(): AbortSignal;
}

/** One line of talk, marked with the program's name. */
export function say(io: Pick<Io, 'err'>, text: string): void {
  io.err(text.startsWith('vmlane') ? `${text}\n` : `vmlane: ${text}\n`);
}

/** Colour only for a person at a terminal who has not said no (no-color.org). */
export function wantsColor(env: NodeJS.ProcessEnv, isTTY: boolean | undefined): boolean {
  return isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}
