import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseVersion, type Version } from '../qemu/index.js';
import { replaceFile } from '../system/files/atomic.js';
import { attempt } from '../system/look/attempt.js';

/** QEMU answers in 30 ms. */
const DEADLINE_MS = 5000;

/**
 * The emulator's version. It is asked once and remembered in `cache`, a folder of ours with mode
 * 0700, created if missing; a folder that others could write to is not used. The file's path, time
 * and size show whether it is still the same. Undefined if it reports no version.
 */
export function emulatorVersion(emulator: string, cache: string): Version | undefined {
  const file = remembers(cache) ? join(cache, keyOf(emulator)) : undefined;
  const known = file && attempt(() => readFileSync(file, 'utf8'));
  if (known !== undefined) return parseVersion(known);
  const text = ask(emulator);
  // Two guests may start at the same time: each reader sees the whole file or none.
  if (text !== undefined && file) attempt(() => replaceFile(file, text, { mode: 0o600 }));
  return parseVersion(text ?? '');
}

/** child_process is loaded only here: a start-up snapshot must not contain it. */
function ask(emulator: string): string | undefined {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, stdout } = spawnSync(emulator, ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  return status === 0 ? stdout : undefined;
}

function keyOf(emulator: string): string {
  const { mtimeMs, size } = statSync(emulator);
  return createHash('sha256').update(`${emulator}\0${mtimeMs}\0${size}`).digest('hex');
}

/** Whether the cache can be trusted: the owner of another folder could fake any version. */
function remembers(cache: string): boolean {
  attempt(() => mkdirSync(cache, { mode: 0o700 }));
  const found = attempt(() => lstatSync(cache));
  return (
    found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o77) === 0
  );
}
