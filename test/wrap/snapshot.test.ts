/** When the wrapper uses Node's start-up snapshot, and when it does without. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NIC, WRAPPER, wrap } from './wrapper.js';

let dir: string;
let built: string;

/** An installation whose node tells how it was called, by naming an emulator that repeats it. */
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-wrap-'));
  built = join(dir, 'dist/src/wrap');
  for (const folder of ['wrapper', 'bin', 'dist/src/wrap']) {
    mkdirSync(join(dir, folder), { recursive: true });
  }
  copyFileSync(WRAPPER, join(dir, 'wrapper/qemu-wrap'));
  node(`printf 'exec\\0/bin/echo\\0%s\\0' "$1"`);
  file('main.js', 100);
  file('qemu-wrap.blob', 200);
  file('qemu-wrap.node', 50);
});
afterEach(() => rmSync(dir, { recursive: true }));

function node(body: string): void {
  const path = join(dir, 'bin/node');
  writeFileSync(path, `#!/bin/bash\n${body}\n`, { mode: 0o755 });
  utimesSync(path, 50, 50);
}

/** A file of the build, from so many seconds after 1970. */
function file(name: string, time: number): void {
  writeFileSync(join(built, name), '');
  utimesSync(join(built, name), time, time);
}

const run = () =>
  wrap(dir, NIC, {
    program: join(dir, 'wrapper/qemu-wrap'),
    env: { PATH: `${dir}/bin:${process.env.PATH}` },
  });

test('it is used where it fits', async () => {
  expect(await run()).toMatchObject({ status: 0, stdout: '--snapshot-blob\n', stderr: '' });
});

test.each([
  ['it is not there', () => rmSync(join(built, 'qemu-wrap.blob'))],
  ['nobody knows whose it is', () => rmSync(join(built, 'qemu-wrap.node'))],
  ['the build is newer', () => file('main.js', 201)],
  ['the build is as old', () => file('main.js', 200)],
  ['Node is newer', () => file('qemu-wrap.node', 49)],
  ['Node is older', () => file('qemu-wrap.node', 51)],
])('it is not used where %s', async (_, change) => {
  change();
  expect(await run()).toMatchObject({ status: 0, stdout: `${built}/main.js\n`, stderr: '' });
});

test('where Node refuses it, as it does with status 14, the modules are loaded', async () => {
  node('[[ $1 != --snapshot-blob ]] || exit 14; echo -ne "exec\\0/bin/echo\\0$1\\0"');
  expect(await run()).toMatchObject({ status: 0, stdout: `${built}/main.js\n` });
});
