import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NIC, wrap } from './wrapper.js';

let dir: string;
let emulator: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-version-'));
  emulator = join(dir, 'qemu');
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Whether a guest is refused as its QEMU is too old; one whose version is not known is not. */
async function refused(version: string): Promise<boolean> {
  const body = `[ "$*" != --version ] || { ${version}; exit; }\necho started`;
  writeFileSync(emulator, `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  const { stderr } = await wrap(dir, NIC, { env: { VMLANE_EMULATOR: emulator } });
  return stderr.includes('vhost-user needs QEMU 2.2');
}

// What the emulator does when it is asked; whether what it says counts.
test.each([
  ["echo 'QEMU emulator version 2.1.0 (Debian 1:2.1)'", true],
  ["printf 'QEMU emulator version 2.1.0'", true],
  ["echo 'QEMU emulator version 9.2.0 (qemu-9.2)'", false],
  ["echo 'something else 1.2'", false],
  ["echo 'QEMU emulator version 2.1.0'; exit 1", false],
  ["echo 'QEMU emulator version 2.1.0'; kill -KILL $$", false],
  ["echo 'QEMU emulator version 2.1.0' >&2", false],
  ['read -r line; echo "$line"', false],
])('%s', async (version, counts) => {
  expect(await refused(version)).toBe(counts);
});

test.each([
  ['does not end', 'exec sleep 1000'],
  ['closes its standard output, and does not end', 'exec >&-; exec sleep 1000'],
])('one that %s is waited for 5 s, and ended', async (_, rest) => {
  const pids = join(dir, 'pids');
  const old = "echo 'QEMU emulator version 2.1.0'";
  expect(await refused(`echo $$ >${pids}; ${old}; ${rest}`)).toBe(false);
  expect(existsSync(`/proc/${readFileSync(pids, 'utf8').trim()}`)).toBe(false);
});
