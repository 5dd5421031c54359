/** bash decides which emulator a probe runs, Node which one a guest does: they must agree. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readArgs } from '../qemu/fixtures.js';
import { FAKE_EMULATOR, type RunOptions, WRAPPER, wrap } from './wrapper.js';

const PROBE = readArgs('lv9-probe-tcg');
// Arguments that Node must see, and that no switch is needed for.
const GUEST = ['-netdev', 'user,id=n0', '-device', 'virtio-net-pci,netdev=n0'];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vmlane-wrap-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Files of settings; DIR in them is the test's folder. */
function settings(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(dir, 'settings', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.replaceAll('DIR', dir));
  }
}

/** A fake emulator that tells its own name. */
function emulator(name: string): void {
  writeFileSync(join(dir, name), '#!/bin/bash\nbasename "$0"\n', { mode: 0o755 });
}

async function both(options: RunOptions) {
  const run = async (argv: string[]) => {
    const { status, stdout, stderr } = await wrap(dir, argv, {
      ...options,
      env: { VMLANE_EMULATOR: '', ...options.env },
    });
    return { status, ran: stdout.trim(), stderr };
  };
  return { probe: await run(PROBE), guest: await run(GUEST) };
}

describe('probe and guest run the same emulator', () => {
  const FILES = {
    'wrap.yaml': '# ours\nemulator: DIR/one\nguests:\n  web:\n    emulator: DIR/not-this\n',
    'wrap.d/20.yaml': 'emulator:   DIR/three  \n',
    'wrap.d/10.yaml': 'emulator: DIR/two',
    'wrap.d/.30.yaml': 'emulator: DIR/hidden\n',
    'wrap.d/40.yaml~': 'emulator: DIR/backup\n',
    'wrap.d/50.yaml': 'nics: vhost\n',
  };
  const ARCH = { 'wrap.yaml': 'emulator: DIR/qemu-{arch}\n' };

  test.each<[string, Record<string, string>, string, Record<string, string>, string]>([
    ['of the one file', { 'wrap.yaml': FILES['wrap.yaml'] }, 'qemu-wrap', {}, 'one'],
    ['of the last file by name', FILES, 'qemu-wrap', {}, 'three'],
    ['of the variable', FILES, 'qemu-wrap', { VMLANE_EMULATOR: 'DIR/four' }, 'four'],
    ['for the host', ARCH, 'qemu-wrap', {}, 'qemu-x86_64'],
    ['for the name of the wrapper', ARCH, 'qemu-wrap-aarch64', {}, 'qemu-aarch64'],
    ['for an emulator’s name', ARCH, 'qemu-system-s390x', {}, 'qemu-s390x'],
  ])('%s', async (_, files, name, env, expected) => {
    settings(files);
    emulator(expected);
    const program = join(dir, 'bin', name);
    mkdirSync(dirname(program));
    symlinkSync(WRAPPER, program);
    const filled = Object.entries(env).map(([key, value]) => [key, value.replace('DIR', dir)]);
    const ran = await both({ program, env: Object.fromEntries(filled) });
    const same = { status: 0, ran: expected, stderr: '' };
    expect(ran).toEqual({ probe: same, guest: same });
  });

  test('or neither runs one, with the same words', async () => {
    for (const text of ['emulator: "/usr/bin/qemu"\n', 'emulator: /usr/bin/qemu # ours\n']) {
      settings({ 'wrap.yaml': text });
      const { probe, guest } = await both({});
      expect(probe.stderr).toMatch(/wrap\.yaml: emulator: is not on a plain line/);
      expect(probe).toEqual({ ...guest, status: 2, ran: '' });
    }
    settings({ 'wrap.yaml': 'emulator: DIR/none\n' });
    const { probe, guest } = await both({});
    expect(probe.stderr).toBe(
      `qemu-wrap: ${dir}/none: no such emulator (ENOENT); install QEMU, or set emulator in the settings or VMLANE_EMULATOR to its path\n`,
    );
    expect(probe).toEqual({ ...guest, status: 2, ran: '' });
  });
});

describe('bash', () => {
  test('reads drop-ins where there is no wrap.yaml', async () => {
    settings({ 'wrap.d/a.yaml': 'emulator: DIR/x\n' });
    emulator('x');
    expect((await both({})).probe).toEqual({ status: 0, ran: 'x', stderr: '' });
  });

  test('never runs the wrapper, by whatever name', async () => {
    settings({ 'wrap.yaml': 'emulator: DIR/qemu\n' });
    symlinkSync(WRAPPER, join(dir, 'qemu'));
    const line = `qemu-wrap: ${dir}/qemu: the emulator is qemu-wrap itself; set it to QEMU\n`;
    const { probe, guest } = await both({});
    expect(probe).toEqual({ status: 2, ran: '', stderr: line });
    expect(guest).toEqual(probe);
  });

  test('refuses a path that env would take for a variable', async () => {
    const path = join(dir, 'a=b');
    copyFileSync(FAKE_EMULATOR, path);
    const { probe, guest } = await both({ env: { VMLANE_EMULATOR: path } });
    expect(probe.stderr).toBe(
      `qemu-wrap: ${path}: the path has a =; rename it or give a link to it\n`,
    );
    expect(guest).toEqual(probe);
  });
});

describe('which calls need Node', () => {
  const withoutNode = () => {
    mkdirSync(join(dir, 'bin'));
    symlinkSync('/usr/bin/readlink', join(dir, 'bin/readlink'));
    return { PATH: join(dir, 'bin') };
  };
  const NO_NODE = /node: not found/;

  test.each([
    ['-S', '-no-user-config', '-machine', 'none,accel=kvm:tcg'],
    ['-M', 'none'],
    ['--machine', 'none'],
    ['-version'],
    ['-cpu', 'help'],
    ['-device', '?'],
  ])('with settings not %s %s', async (...argv) => {
    settings({ 'wrap.yaml': 'options: [-snapshot]\n' });
    expect(await wrap(dir, argv, { env: withoutNode() })).toMatchObject({ status: 0, stderr: '' });
  });

  test.each([
    ['-name', 'a'],
    ['-append', '-version'],
    ['-machine', 'q35', 'none'],
  ])('with settings %s %s', async (...argv) => {
    settings({ 'wrap.yaml': 'options: [-snapshot]\n' });
    const run = await wrap(dir, argv, { env: withoutNode() });
    expect(run.stderr).toMatch(NO_NODE);
    expect(existsSync(join(dir, 'out.pid'))).toBe(false);
  });

  test.each(['-netdev', '--netdev', '-nic', '-net', '-readconfig'])(
    'without settings %s',
    async (option) => {
      const run = await wrap(dir, [option, 'x'], { env: withoutNode() });
      expect(run.stderr).toMatch(NO_NODE);
    },
  );

  test.each([
    ['VMLANE_OPTIONS', '["-s"]'],
    ['VMLANE_ALL_GUESTS', 'true'],
  ])('%s', async (name, value) => {
    const run = await wrap(dir, ['-name', 'a'], { env: { ...withoutNode(), [name]: value } });
    expect(run.stderr).toMatch(NO_NODE);
  });
});
