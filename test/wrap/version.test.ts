import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emulatorVersion } from '../../src/wrap/version.js';

let dir: string;
let emulator: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-version-'));
  emulator = join(dir, 'qemu');
  install('QEMU emulator version 7.2.22 (Debian 1:7.2)', 1);
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** An emulator that counts how often it is asked. */
function install(says: string, seconds: number) {
  const script = `#!/bin/sh\necho x >>${dir}/asked\necho '${says}'\n`;
  writeFileSync(emulator, script, { mode: 0o755 });
  utimesSync(emulator, seconds, seconds);
}

const asked = () => statSync(join(dir, 'asked')).size / 2;

test('it is asked once, and again when it has changed', () => {
  const cache = join(dir, 'cache');
  expect(emulatorVersion(emulator, cache)).toEqual([7, 2]);
  expect(emulatorVersion(emulator, cache)).toEqual([7, 2]);
  expect(asked()).toBe(1);
  expect(statSync(cache).mode & 0o777).toBe(0o700);
  install('QEMU emulator version 9.2.0 (qemu-9.2)', 2);
  expect(emulatorVersion(emulator, cache)).toEqual([9, 2]);
  expect(asked()).toBe(2);
  expect(readdirSync(cache)).toHaveLength(2);
});

test.each([
  ['others may write to it', () => chmodSync(join(dir, 'cache'), 0o777)],
  ['others may read it', () => chmodSync(join(dir, 'cache'), 0o750)],
  ['it is a link', () => renameSync(join(dir, 'cache'), join(dir, 'real'))],
  ['it is a file', () => rmdirSync(join(dir, 'cache'))],
])('a folder is not used when %s', (what, spoil) => {
  const cache = join(dir, 'cache');
  mkdirSync(cache, 0o700);
  spoil();
  if (what === 'it is a link') symlinkSync('real', cache);
  if (what === 'it is a file') writeFileSync(cache, '');
  emulatorVersion(emulator, cache);
  expect(emulatorVersion(emulator, cache)).toEqual([7, 2]);
  expect(asked()).toBe(2);
});

test('without a place for the cache it is asked each time', () => {
  const cache = join(dir, 'none/cache');
  emulatorVersion(emulator, cache);
  expect(emulatorVersion(emulator, cache)).toEqual([7, 2]);
  expect(asked()).toBe(2);
});

test('what tells no version has none, and is not asked again', () => {
  install('something else 1.2', 3);
  expect(emulatorVersion(emulator, join(dir, 'cache'))).toBeUndefined();
  expect(emulatorVersion(emulator, join(dir, 'cache'))).toBeUndefined();
  expect(asked()).toBe(1);
  rmSync(emulator);
  writeFileSync(emulator, '');
  expect(emulatorVersion(emulator, join(dir, 'cache'))).toBeUndefined();
  expect(readdirSync(join(dir, 'cache'))).toHaveLength(1);
});
