/** `vmlane-cni`, a plugin of CNI: what a call is, is in its variables and on its standard input. */
import { readStdin } from '../system/stdin.js';
import { asCniError, CniError, CODE } from './call/error.js';
import { answer } from './run.js';

/** Far longer than a configuration with all attachments of a host's. */
const LONGEST = 8 * 1024 * 1024;

// Runtimes may pass none; `ip` and nsenter are there.
process.env.PATH ||= '/usr/sbin:/usr/bin:/sbin:/bin';

// No await here: the bundle is CommonJS, which starts sooner (setup/cli).
void main();

async function main(): Promise<void> {
  const { text, exitCode } = await answer(process.env, readInput);
  process.exitCode = exitCode;
  process.stdout.write(text);
}

async function readInput(): Promise<string> {
  const bytes = await readStdin(LONGEST).catch((error) => {
    throw asCniError(error, CODE.io);
  });
  if (bytes.length <= LONGEST) return bytes.toString('utf8');
  const problem = `is longer than ${LONGEST / 1024 / 1024} MiB`;
  throw new CniError(CODE.io, { thing: 'standard input', problem, remedy: 'shorten it' });
}
