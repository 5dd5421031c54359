import { parseVersion, type Version } from '../qemu/index.js';

/** QEMU answers in 15 to 30 ms. */
const DEADLINE_MS = 5000;

/**
 * The emulator's version; undefined if it reports none. It is asked at every start: an answer that was kept
 * where QEMU's user may write could be forged by one guest's QEMU for all others of that user.
 */
export function emulatorVersion(emulator: string): Version | undefined {
  // Loaded only here: a start-up snapshot must not contain it.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, stdout } = spawnSync(emulator, ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  return status === 0 ? parseVersion(stdout) : undefined;
}
