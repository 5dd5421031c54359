/**
 * `node hook.js SETTINGS GUEST OPERATION SUB-OPERATION EXTRA`, XML on stdin: templates/hook/qemu runs this;
 * `node hook.js network SETTINGS NETWORK …`: templates/hook/network does.
 */

import { parseSettings } from '../host/hook/settings.js';
import { readStdin } from '../system/stdin.js';
import { InvalidInput, VmlaneError } from '../values/errors.js';
import { networkStarted } from './network.js';
import { runHook } from './run.js';

/** Twice the longest definition that libvirt accepts. Source: REMOTE_STRING_MAX, 4 MiB. */
const LONGEST = 8 * 1024 * 1024;

// No await here: the bundle is CommonJS, which starts sooner (setup/cli).
void main(process.argv.slice(2));

async function main([first = '', ...words]: readonly string[]): Promise<void> {
  try {
    // Settings are an object, in JSON.
    if (first === 'network') await networkStarted(words);
    else await runHook(parseSettings(first), words, await readXml());
  } catch (error) {
    // libvirt shows stderr to whoever starts the guest; any exit code but 0 refuses the start.
    const errorText = error instanceof VmlaneError ? error.message : `unexpected error: ${error}`;
    process.stderr.write(`vmlane hook: ${errorText}\n`);
    process.exitCode = error instanceof VmlaneError ? error.exitCode : 1;
  }
}

async function readXml(): Promise<string> {
  const bytes = await readStdin(LONGEST);
  if (bytes.length > LONGEST) {
    const problem = `longer than ${LONGEST / 1024 / 1024} MiB`;
    throw new InvalidInput({ thing: 'domain XML', problem, remedy: "shorten it: 'virsh edit'" });
  }
  return bytes.toString('utf8');
}
