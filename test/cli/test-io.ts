import type { Io } from '../../src/cli/io.js';
import { run } from '../../src/cli/run.js';

/** What a command line did. */
export interface Ran {
  status: number;
  out: string;
  err: string;
}

/** Runs the words after `vmlane` in this process. */
export async function vmlane(words: string[], given: Partial<Io> & { input?: string } = {}) {
  const ran: Ran = { status: 0, out: '', err: '' };
  const io: Io = {
    out: (text) => {
      ran.out += text;
    },
    bytes: async (data) => {
      ran.out += data.toString();
      return true;
    },
    err: (text) => {
      ran.err += text;
    },
    stdin: async (limit) => Buffer.from(given.input ?? '').subarray(0, limit + 1),
    // A busy machine's switch may take longer than ours are used to (vitest.config.ts).
    env: { VMLANE_SWITCH_TIMEOUT: process.env.VMLANE_SWITCH_TIMEOUT },
    color: false,
    outIsTerminal: false,
    terminal: async () => undefined,
    unread: () => new AbortController().signal,
    interrupted: () => new AbortController().signal,
    held: (act) => act(new AbortController().signal),
    ...given,
  };
  ran.status = await run(words, io);
  return ran;
}
