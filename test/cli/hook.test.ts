import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withRealSwitch } from '../switch/real-switch.js';
import { vmlane } from './test-io.js';

let root: string;
let path: string;
let networkPath: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vmlane-hook-'));
  path = join(root, 'etc/libvirt/hooks/qemu.d/vmlane');
  networkPath = join(root, 'etc/libvirt/hooks/network.d/vmlane');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Who may write to the checkout is not the matter of most tests. */
const install = (...words: string[]) =>
  vmlane(['hook', 'install', '--unchecked', '--root', root, ...words]);
const uninstall = (...words: string[]) => vmlane(['hook', 'uninstall', '--root', root, ...words]);
const status = async () =>
  JSON.parse((await vmlane(['hook', 'status', '--root', root, '--json'])).out);
const text = () => readFileSync(path, 'utf8');
/** What is said of both files. */
const both = (what: string) =>
  [path, networkPath].map((one) => `vmlane: ${one}: ${what}\n`).join('');

describe('install', () => {
  it('--dry-run shows the file and writes nothing', async () => {
    const ran = await install('--dry-run');
    expect([ran.status, ran.err]).toEqual([0, '']);
    expect(ran.out).toContain(`+++ ${path}\n@@ -0,0 +1,`);
    expect(ran.out).toContain(
      `+settings='{"switch":"/run/vmlane/switch.sock","socketDirs":["/run/vmlane/guests"]}'\n`,
    );
    expect(readdirSync(root)).toEqual([]);
  });

  it('writes it for libvirt to run, once; uninstall takes it away, once', async () => {
    expect(await install()).toMatchObject({ status: 0, err: both('written') });
    for (const file of [path, networkPath]) {
      expect(statSync(file).mode & 0o7777).toBe(0o755);
      expect(statSync(dirname(file)).mode & 0o022).toBe(0);
    }
    expect(readdirSync(join(root, 'etc/libvirt/hooks'))).toEqual(['network.d', 'qemu.d']);
    expect(await install()).toEqual({ status: 0, out: '', err: both('unchanged') });

    const planned = await uninstall('--dry-run', '--json');
    const gone = { changed: true, after: null, backup: null };
    expect(JSON.parse(planned.out)).toEqual({
      changed: true,
      files: [
        { path, ...gone, before: text() },
        { path: networkPath, ...gone, before: readFileSync(networkPath, 'utf8') },
      ],
    });
    expect(await uninstall()).toMatchObject({ status: 0, err: both('removed') });
    // Folders of ours, too, and what remembers them.
    expect(readdirSync(root)).toEqual([]);
    expect(await uninstall()).toEqual({ status: 0, out: '', err: both('was not there') });
  });

  it('changes the settings, and keeps the time since which there is a hook', async () => {
    await install();
    utimesSync(path, 1000, 1000);
    const { out } = await install('--control-socket', '/run/b.sock', '--socket-dir', '/run/b');
    expect(out).toContain('-settings=');
    expect(text()).toContain(`settings='{"switch":"/run/b.sock","socketDirs":["/run/b"]}'`);
    expect(statSync(path).mtimeMs).toBe(1_000_000);
  });

  it('makes it a program again', async () => {
    await install();
    chmodSync(path, 0o644);
    expect((await install()).err).toContain(`${path}: written`);
    expect(statSync(path).mode & 0o7777).toBe(0o755);
  });

  it('says how a daemon that has run since before comes to know of it', async () => {
    const files = { comm: 'libvirtd\n', stat: `7 (libvirtd) S ${'0 '.repeat(18)}100 0` };
    for (const pid of ['7', 'self']) {
      mkdirSync(join(root, 'proc', pid, 'ns'), { recursive: true });
      symlinkSync('pid:[1]', join(root, 'proc', pid, 'ns/pid'));
    }
    for (const [name, words] of Object.entries(files)) {
      writeFileSync(join(root, 'proc/7', name), words);
    }
    writeFileSync(join(root, 'proc/uptime'), '1000.00 1\n');
    expect((await install()).err).toContain(
      'libvirtd has run since before there was a hook for qemu and network; reload it, or it does not call this one: systemctl reload libvirtd (guests keep running)\n',
    );
    expect(await status()).toMatchObject({
      ...{ called: 'unknown', daemon: { pid: 7 } },
      network: { path: networkPath, called: 'unknown' },
    });
    // The user has had one for longer: then libvirtd looks into the folder at every call.
    const others = (name: string) => {
      const other = join(root, 'etc/libvirt/hooks', name);
      writeFileSync(other, '', { mode: 0o755 });
      utimesSync(other, 1000, 1000);
    };
    others('qemu');
    expect((await install()).err).toContain('before there was a hook for network; reload it');
    expect(await status()).toMatchObject({ called: 'yes', network: { called: 'unknown' } });
    others('network');
    expect((await install()).err).not.toContain('reload');
    expect(await status()).toMatchObject({ called: 'yes', network: { called: 'yes' } });
  });
});

describe('a hook that somebody has edited', () => {
  const backup = () => `${path}.vmlane-backup`;

  it('is kept when it is written anew, and is no program there', async () => {
    await install();
    writeFileSync(path, `${text()}# mine\n`);
    const edited = text();
    const planned = await install('--dry-run', '--json');
    expect(JSON.parse(planned.out)).toMatchObject({
      files: [
        { before: edited, backup: backup() },
        { changed: false, backup: null },
      ],
    });
    expect(readdirSync(dirname(path))).toEqual(['vmlane']);
    const { err } = await install();
    expect(err).toContain(`${backup()}: the hook as it was`);
    expect(readFileSync(backup(), 'utf8')).toBe(edited);
    expect(statSync(backup()).mode & 0o7777).toBe(0o600);
    expect(await status()).toMatchObject({ hook: 'installed' });
    // The next edit is what nobody else has.
    writeFileSync(path, text().replace(/^settings=.*$/m, "settings='{'"));
    await uninstall();
    expect(readFileSync(backup(), 'utf8')).toContain("settings='{'");
    expect(readdirSync(dirname(path))).toEqual(['vmlane.vmlane-backup']);
  });

  it('only as far as its mode goes is not kept', async () => {
    await install();
    chmodSync(path, 0o644);
    await install('--control-socket', '/run/b.sock');
    expect(readdirSync(dirname(path))).toEqual(['vmlane']);
  });
});

it("another run's leftovers are neither in the way nor taken away", async () => {
  const leftover = join(root, 'etc/libvirt/hooks', `.vmlane-${process.pid}`);
  mkdirSync(dirname(leftover), { recursive: true });
  writeFileSync(leftover, 'theirs');
  expect(await install()).toMatchObject({ status: 0 });
  expect(readdirSync(dirname(leftover)).sort()).toEqual([
    ...[`.vmlane-${process.pid}`, 'network.d', 'qemu.d'],
  ]);
  expect(readFileSync(leftover, 'utf8')).toBe('theirs');
});

describe('refuses, and changes nothing:', () => {
  it.each([
    [
      ['--control-socket', 'switch.sock'],
      /^vmlane: --control-socket switch\.sock: not an absolute path; give /,
    ],
    [['--control-socket', ''], /^vmlane hook install: --control-socket: its value is empty; /],
    [
      ['--control-socket', '/a', '--control-socket', '/b'],
      /^vmlane hook install: --control-socket: given more than once; /,
    ],
    [['--socket-dir', './run'], /^vmlane: --socket-dir \.\/run: not an absolute path; /],
    [['--socket-dir', '/a\nb'], /^vmlane: --socket-dir \/a b: holds a control character; /],
    [['--control-socket', `/${'x'.repeat(120)}`], /: longer than 107 bytes; give a shorter path/],
    [['web1'], /^vmlane hook install: unexpected "web1"; /],
    [['--sockets', '/a'], /sockets/],
  ])('%j', async (words, line) => {
    const ran = await install(...words);
    expect([ran.status, ran.out]).toEqual([2, '']);
    expect(ran.err).toMatch(line);
    expect(readdirSync(root)).toEqual([]);
  });

  const others: [string, () => void][] = [
    ['a hook of the user', () => writeFileSync(path, '#!/bin/sh\necho mine\n')],
    ['an empty file', () => writeFileSync(path, '')],
    ['a folder', () => mkdirSync(path)],
    ['a link, even to a hook of ours', () => symlinkSync(join(root, 'elsewhere'), path)],
    ['our words further down', () => writeFileSync(path, '#!/bin/sh\n\n# vmlane hook 1: x\n')],
  ];
  it.each(others)('%s of that name', async (_what, make) => {
    mkdirSync(dirname(path), { recursive: true });
    make();
    const before = lstatSync(path);
    for (const ran of [await install(), await uninstall()]) {
      expect(ran).toMatchObject({ status: 2, out: '' });
      expect(ran.err).toContain(`vmlane: ${path}: this is not vmlane's hook; `);
    }
    const { ino, mode, ctimeMs } = before;
    expect(lstatSync(path)).toMatchObject({ ino, mode, ctimeMs });
    expect(await status()).toMatchObject({ hook: 'other', called: 'no' });
  });

  it('a hook of the user for networks of that name; neither is written', async () => {
    mkdirSync(dirname(networkPath), { recursive: true });
    writeFileSync(networkPath, '#!/bin/sh\necho mine\n');
    for (const ran of [await install(), await uninstall()])
      expect(ran).toEqual({
        ...{ status: 2, out: '' },
        err: expect.stringContaining(`vmlane: ${networkPath}: this is not vmlane's hook; `),
      });
    expect(readdirSync(join(root, 'etc/libvirt/hooks'))).toEqual(['network.d']);
    expect(readFileSync(networkPath, 'utf8')).toContain('mine');
  });

  it('a folder in which others could put another file', async () => {
    mkdirSync(dirname(path), { recursive: true });
    chmodSync(dirname(path), 0o777);
    const ran = await vmlane(['hook', 'install', '--root', root]);
    expect(ran).toEqual({
      status: 1,
      out: '',
      err: `vmlane: ${dirname(path)}: others may write to it and change what libvirtd runs as root; chmod go-w ${dirname(path)}\n`,
    });
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it('a root that is none', async () => {
    writeFileSync(join(root, 'etc'), '');
    const ran = await install();
    expect([ran.status, ran.err]).toEqual([
      1,
      `vmlane: ${path}: cannot be read (ENOTDIR); run this as root\n`,
    ]);
  });
});

describe('status', () => {
  it('without a hook', async () => {
    expect(await status()).toEqual({
      ...{ path, hook: 'missing', called: 'no', troubles: [] },
      ...{ switch: null, socket_dirs: [], ports: null, daemon: null },
      network: { path: networkPath, called: 'no' },
    });
  });

  it('with a switch that answers', () =>
    withRealSwitch(async ({ socket, folder }) => {
      await install('--control-socket', socket, '--socket-dir', folder);
      expect(await status()).toMatchObject({
        ...{ hook: 'installed', switch: socket, socket_dirs: [folder], ports: 0, troubles: [] },
      });
      const { out } = await vmlane(['hook', 'status', '--root', root]);
      expect(out).toContain(`switch   ${socket}: answers, 0 ports\n`);
    }));

  it('with a dead one, a file that was edited, a Node that is gone', async () => {
    await install('--control-socket', join(root, 'no.sock'));
    expect(await status()).toMatchObject({
      hook: 'installed',
      ports: null,
      troubles: [expect.stringContaining('no switch is running there')],
    });
    writeFileSync(path, text().replace(/^node=.*$/m, "node='/opt/gone'"));
    expect((await status()).troubles).toContain(
      `/opt/gone: is not there; run: vmlane hook install --control-socket ${root}/no.sock --socket-dir /run/vmlane/guests --root ${root}`,
    );
    writeFileSync(path, text().replace(/^settings=.*$/m, "settings='{'"));
    expect(await status()).toMatchObject({
      hook: 'outdated',
      troubles: [expect.stringContaining('they cannot be read'), expect.anything()],
    });
    chmodSync(path, 0o644);
    expect(await status()).toMatchObject({ hook: 'outdated', called: 'no' });
  });

  it('its exit code says whether the hook is installed', async () => {
    const exits = async () => {
      const words = ['hook', 'status', '--root', root];
      return [(await vmlane(words)).status, (await vmlane([...words, '--json'])).status];
    };
    expect(await exits()).toEqual([1, 1]);
    await install('--control-socket', join(root, 'no.sock'));
    expect(await exits()).toEqual([0, 0]);
    writeFileSync(path, `${text()}# more\n`);
    expect(await exits()).toEqual([1, 1]);
    writeFileSync(path, '#!/bin/sh\n');
    expect(await exits()).toEqual([1, 1]);
  });

  it('words of its remedy are quoted for a shell', async () => {
    await install('--control-socket', '/run/a b/$(id).sock');
    writeFileSync(path, `${text()}# more\n`);
    expect((await status()).troubles[0]).toContain(
      "--control-socket '/run/a b/$(id).sock' --socket-dir /",
    );
  });

  it('of another version says how it is renewed', async () => {
    const options = [
      '--control-socket',
      join(root, 'no.sock'),
      '--socket-dir',
      '/a',
      '--socket-dir',
      '/b',
    ];
    await install(...options);
    writeFileSync(path, `${text()}# more\n`);
    const { hook, troubles } = await status();
    expect([hook, troubles[0]]).toEqual([
      'outdated',
      `${path}: this vmlane would write another one; run: vmlane hook install ${options.join(' ')} --root ${root}`,
    ]);
  });
});
