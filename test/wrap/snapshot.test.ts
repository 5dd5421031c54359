/** When the wrapper uses Node's start-up snapshot, when it does without, and when it refuses either. */
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NIC, WRAPPER, wrap } from './wrapper.js';

let dir: string;
let built: string;

/** An installation whose node tells how it was called, by naming an emulator that repeats it. */
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-wrap-'));
  built = join(dir, 'dist/wrap');
  for (const folder of ['wrapper', 'bin', 'dist/wrap']) {
    mkdirSync(join(dir, folder), { recursive: true });
  }
  copyFileSync(WRAPPER, join(dir, 'wrapper/qemu-wrap'));
  node(`printf 'exec\\0/bin/echo\\0%s\\0' "$1"`);
  file('main.mjs', 100);
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

test('set-up made it, of all that the wrapper loads', () => {
  const blob = statSync('dist/wrap/qemu-wrap.blob').mtimeMs;
  expect(blob).toBeGreaterThanOrEqual(statSync('dist/wrap/main.mjs').mtimeMs);
});

test('it is used where it fits', async () => {
  expect(await run()).toMatchObject({ status: 0, stdout: '--snapshot-blob\n', stderr: '' });
});

test.each([
  ['it is not there', () => rmSync(join(built, 'qemu-wrap.blob'))],
  ['nobody knows whose it is', () => rmSync(join(built, 'qemu-wrap.node'))],
  ['the build is newer', () => file('main.mjs', 201)],
  ['the build is as old', () => file('main.mjs', 200)],
  ['Node is newer', () => file('qemu-wrap.node', 49)],
  ['Node is older', () => file('qemu-wrap.node', 51)],
])('it is not used where %s', async (_, change) => {
  change();
  expect(await run()).toMatchObject({ status: 0, stdout: `${built}/main.mjs\n`, stderr: '' });
});

test('where Node refuses it, as it does with status 14, the one file is loaded', async () => {
  node('[[ $1 != --snapshot-blob ]] || exit 14; echo -ne "exec\\0/bin/echo\\0$1\\0"');
  expect(await run()).toMatchObject({ status: 0, stdout: `${built}/main.mjs\n` });
});

test("the package's own Node goes before PATH's", async () => {
  node('echo "of PATH" >&2; exit 1');
  own();
  expect(await run()).toMatchObject({ status: 0, stdout: '--snapshot-blob\n', stderr: '' });
});

/** A Node of the package. */
function own(mode = 0o755): void {
  const path = join(dir, 'node');
  writeFileSync(path, '#!/bin/bash\nprintf \'exec\\0/bin/echo\\0%s\\0\' "$1"\n');
  chmodSync(path, mode);
  utimesSync(path, 50, 50);
}

const ROOT = process.getuid?.() === 0;
const QEMUS = 65534;

describe.runIf(ROOT)('what others could have written is not run', () => {
  const owns = (uid: number) =>
    `uid ${uid} owns it and could change what QEMU's user runs; chown root`;
  const open = "others may write to it and change what QEMU's user runs; chmod go-w";

  const openToGroup = (path: string) => {
    chownSync(path, 0, QEMUS);
    chmodSync(path, 0o775);
  };

  // What is spoilt, and how; what is said.
  test.each([
    ['dist/wrap/qemu-wrap.blob', (path: string) => chownSync(path, QEMUS, QEMUS), owns(QEMUS)],
    ['dist/wrap/qemu-wrap.blob', (path: string) => chmodSync(path, 0o666), open],
    ['dist/wrap/main.mjs', (path: string) => chmodSync(path, 0o646), open],
    ['dist/wrap/main.mjs', (path: string) => chownSync(path, 1000, 0), owns(1000)],
    ['dist/wrap', (path: string) => chmodSync(path, 0o757), open],
    ['dist', openToGroup, open],
    ['wrapper/qemu-wrap', (path: string) => chmodSync(path, 0o777), open],
  ])('%s', async (name, spoil, said) => {
    const path = join(dir, name);
    spoil(path);
    const stderr = `qemu-wrap: ${path}: ${said} ${path}\n`;
    for (const uid of [0, QEMUS]) {
      expect(await as(uid)).toMatchObject({ status: 1, stdout: '', stderr });
    }
  });

  test("the package's own Node", async () => {
    own(0o757);
    const stderr = `qemu-wrap: ${dir}/node: ${open} ${dir}/node\n`;
    expect(await as(QEMUS)).toMatchObject({ status: 1, stdout: '', stderr });
  });

  test('group root is root', async () => {
    chmodSync(join(built, 'main.mjs'), 0o664);
    expect(await as(QEMUS)).toMatchObject({ status: 0 });
  });

  test('a snapshot that is not used does not matter', async () => {
    file('main.mjs', 300);
    chmodSync(join(built, 'qemu-wrap.blob'), 0o666);
    expect(await as(QEMUS)).toMatchObject({ status: 0 });
  });

  test('their own checkout is theirs to open', async () => {
    await execa('chown', ['-R', `${QEMUS}:${QEMUS}`, dir]);
    await execa('chmod', ['-R', 'g+w', dir]);
    expect(await as(QEMUS)).toMatchObject({ status: 0 });
    expect(await as(0)).toMatchObject({ status: 1 });
  });

  test('a stat that says nothing', async () => {
    writeFileSync(join(dir, 'bin/stat'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect(await as(QEMUS)).toMatchObject({
      status: 1,
      stderr: `qemu-wrap: ${built}: who may write there cannot be seen; run 'vmlane wrap install --rules' if AppArmor denies stat\n`,
    });
  });

  async function as(uid: number) {
    chmodSync(dir, 0o755);
    const { exitCode, stdout, stderr } = await execa(join(dir, 'wrapper/qemu-wrap'), NIC, {
      ...{ uid, gid: uid, cwd: '/', reject: false, stripFinalNewline: false, extendEnv: false },
      env: { PATH: `${dir}/bin:${process.env.PATH}` },
    });
    return { status: exitCode, stdout, stderr };
  }
});
