import { access } from 'node:fs/promises';
import { execa } from 'execa';
import { cached } from '../../lab/cache.js';
import { patience } from '../../lab/slow.js';
import { packageRoot } from '../../src/switch/paths.js';

/** Where setup/testbed-parts puts what it fetches. */
export const parts = cached('testbed');

/** Fetching everything takes 15 s on a good line. */
const FETCH_MS = 600_000;

/** Sees to it that the testbed's parts are there. Returns why they are not, or undefined. */
export async function missingParts(): Promise<string | undefined> {
  const { failed, stderr, shortMessage } = await execa('bash', ['setup/testbed-parts'], {
    cwd: packageRoot(),
    stdin: 'ignore',
    reject: false,
    timeout: patience(FETCH_MS),
  });
  if (failed) return stderr.trim().split('\n').at(-1) || shortMessage;
  // Inside a container, /dev/shm or memory may be short; that shows when the guest starts.
  return access(`${parts}/version`).then(
    () => undefined,
    (error: Error) => error.message,
  );
}
