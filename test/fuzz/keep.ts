import { join } from 'node:path';
import { execa } from 'execa';
import { Failed } from '../../src/values/errors.js';
import { sanitizerSettings } from '../sanitized.js';
import { keptFile, pack, unpack } from './corpus.js';
import { programOf, type Target } from './targets.js';

/** Longer inputs hardly reach anything that shorter ones do not, and the repository keeps them for good. */
const LONGEST = 2048;

/**
 * Adds those inputs of the runs' folder to the kept ones that reach code which these do not; how often
 * code is reached does not count, or there would be thousands. Returns how many were added.
 */
export async function keep(target: Target, folder: string): Promise<number> {
  const kept = join(folder, 'kept', target);
  await unpack(target, kept);
  const args = ['-merge=1', '-use_counters=0', `-max_len=${LONGEST}`, kept, join(folder, target)];
  const { exitCode, stderr } = await execa(programOf(target), args, {
    env: sanitizerSettings(),
    stdin: 'ignore',
    stdout: 'ignore',
    reject: false,
  });
  if (exitCode === 0) return pack(target, kept);
  const words = stderr.trim().split('\n').slice(-3).join(' | ');
  throw new Failed({
    thing: keptFile(target),
    problem: `nothing can be added: ${words}`,
    remedy: 'see above',
  });
}
