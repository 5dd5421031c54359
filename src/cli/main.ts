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
  interrupted: () => {
    const abort = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => abort.abort(signal));
    return abort.signal;
  },
};

const status = await run(process.argv.slice(2), io);
// What is on its way to a slow reader must arrive first, and so must the news that it did not.
process.stdout.write('', () => setImmediate(finish));

function finish(): never {
  if (!broken || broken.code === 'EPIPE') process.exit(status);
  say(io, `standard output: ${broken.message}; the data is not complete`);
  process.exit(status || 1);
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
