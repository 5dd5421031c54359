#!/usr/bin/env node
import { type Io, say, wantsColor } from './io.js';
import { run } from './run.js';

// A reader that has seen enough (`| head`) is no error: what was begun is finished in silence.
let broken: NodeJS.ErrnoException | undefined;
process.stdout.on('error', (error) => {
  broken = error;
});
// Nobody listens to what is said, and there is no other place to say so.
process.stderr.on('error', () => undefined);

const io: Io = {
  out: (text) => {
    if (!broken) process.stdout.write(text);
  },
  err: (text) => {
    process.stderr.write(text);
  },
  stdin: readStdin,
  env: process.env,
  color: wantsColor(process.env, process.stdout.isTTY),
  interrupted,
};

const status = await run(process.argv.slice(2), io);
// What is on its way to a slow reader must arrive first, and so must the news that it did not.
process.stdout.write('', () => setImmediate(finish));

function finish(): never {
  if (!broken || broken.code === 'EPIPE') process.exit(status);
  say(io, `standard output: ${broken.message}; the data is not complete`);
  process.exit(status || 1);
}

/** The second signal does what it does to any process: what is under way may hang. */
function interrupted(): AbortSignal {
  const abort = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const heard = (signal: NodeJS.Signals) => {
    if (!abort.signal.aborted) return abort.abort(signal);
    // Not at the first: a listener that finds itself alone, such as execa's, ends the process.
    for (const one of signals) process.off(one, heard);
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, heard);
  return abort.signal;
}

async function readStdin(limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > limit) break;
  }
  return Buffer.concat(chunks);
}
