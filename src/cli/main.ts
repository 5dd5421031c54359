/** The command line as a process: its streams, its signals, its exit. Run by start.ts. */
import { readStdin } from '../system/stdin.js';
import { type Io, say, wantsColor } from './io.js';
import { run } from './run.js';

export { run } from './run.js';

// A reader that stops reading (`| head`) is no error: the command ends its work without a message.
let broken: NodeJS.ErrnoException | undefined;
const unread = new AbortController();

const io: Io = {
  out: (text) => {
    if (!broken) process.stdout.write(text);
  },
  bytes: (data) =>
    new Promise((resolve) => {
      if (broken) resolve(false);
      else process.stdout.write(data, () => resolve(!broken));
    }),
  err: (text) => {
    stderr().write(text);
  },
  stdin: readStdin,
  env: process.env,
  color: wantsColor(process.env, process.stdout.isTTY),
  outIsTerminal: process.stdout.isTTY === true,
  unread: () => unread.signal,
  terminal,
  interrupted,
  held,
};

let heard = false;

/** Node opens it at the first use; most commands say nothing. */
function stderr(): NodeJS.WriteStream {
  // It is closed, and there is no other place to report that.
  if (!heard) process.stderr.on('error', () => undefined);
  heard = true;
  return process.stderr;
}

/** Runs the command that the words name, and ends the process. */
export async function main(words: readonly string[]): Promise<void> {
  process.stdout.on('error', (error) => {
    broken = error;
    unread.abort();
  });
  const status = await run(words, io);
  // Wait for a slow reader to get everything, or for the error that it did not.
  process.stdout.write('', () => setImmediate(finish, status));
}

function finish(status: number): never {
  if (!broken || broken.code === 'EPIPE') process.exit(status);
  say(io, `standard output: ${broken.message}; the data is not complete`);
  process.exit(status || 1);
}

async function terminal() {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined;
  return (await import('./terminal.js')).takeScreen;
}

/** Aborts at the first signal. The second has its usual effect, in case the work hangs. */
function interrupted(): AbortSignal {
  const abort = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const heard = (signal: NodeJS.Signals) => {
    if (!abort.signal.aborted) return abort.abort(signal);
    // Not at the first signal: execa's listener ends the process if it is the only one.
    for (const one of signals) process.off(one, heard);
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, heard);
  return abort.signal;
}

async function held<T>(act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const heard = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGHUP') abort.abort(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, heard);
  try {
    return await act(abort.signal);
  } finally {
    for (const signal of signals) process.off(signal, heard);
  }
}
