import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { emulatorVersion } from '../../src/wrap/version.js';

let dir: string;
let emulator: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-version-'));
  emulator = join(dir, 'qemu');
});
afterEach(() => rmSync(dir, { recursive: true }));

// What the emulator does; the version.
test.each([
  ["echo 'QEMU emulator version 7.2.22 (Debian 1:7.2)'", [7, 2]],
  ["echo 'QEMU emulator version 9.2.0 (qemu-9.2)'", [9, 2]],
  ["echo 'something else 1.2'", undefined],
  ["echo 'QEMU emulator version 7.2.22'; exit 1", undefined],
])('%s', (body, version) => {
  writeFileSync(emulator, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  expect(emulatorVersion(emulator)).toEqual(version);
});

test('what is no program has none', () => {
  writeFileSync(emulator, '', { mode: 0o644 });
  expect(emulatorVersion(emulator)).toBeUndefined();
});
