import type { Io } from '../../src/cli/io.js';
import { run } from '../../src/cli/run.js';

/** What a command line did. */
export interface Ran {
  status: number;
  out: string;
  err: string;
}

type Given = Partial<Io> & { input?: string };

/** Runs the words after `vmlane` in this process. */
export async function vmlane(words: string[], given: Given = {}) {
  const ran: Ran = { status: 0, out: '', err: '' };
  ran.status = await run(words, ioOf(ran, given));
  return ran;
}

/** What a command may do, noted in `ran`. */
export function ioOf(ran: Ran, given: Given = {}): Io {
  return {
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
}
