import { execa } from 'execa';
import { packageRoot } from '../src/switch/paths.js';
import type { Say } from '../src/trial/progress.js';
import { patience } from './slow.js';

const repository = packageRoot();
const main = `${repository}/dist/bin/main.js`;

/** Runs the product's command line as a user would, from the repository, and gives its stdout. */
export async function vmlane(args: string[], say: Say, signal?: AbortSignal): Promise<string> {
  say(`$ vmlane ${args.join(' ')}`);
  const result = await execa(process.execPath, [main, ...args], {
    cwd: repository,
    stdin: 'ignore',
    reject: false,
    timeout: patience(180_000),
    ...(signal && { cancelSignal: signal }),
  });
  signal?.throwIfAborted();
  if (result.failed) {
    // The command line's message is complete: thing, problem, remedy.
    throw new Error(result.stderr.trim() || result.shortMessage || `vmlane ${args[0]} failed`);
  }
  return result.stdout;
}
