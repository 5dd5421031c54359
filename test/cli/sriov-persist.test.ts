/** What brings VFs back after a start of the host: files written, shown, replaced, removed. */
import {
  chmodSync,
  existsSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { KINDS, pathsOf } from '../../src/sriov/persist/files.js';
import { persistChanges, planFiles } from '../../src/sriov/persist/install.js';
import { parseSaved } from '../../src/sriov/persist/saved.js';
import { carryOut } from '../../src/system/files/carry-out.js';
import { HostFiles } from '../../src/system/files/host-files.js';
import { treeOf } from '../host/setup/root.js';
import { inTree } from '../sriov/tree.js';
import { inFolder } from '../switch/folder.js';
import { vmlane } from './test-io.js';

const SAVED = 'etc/vmlane/sriov/0000:01:00.0.json';
const UNIT = 'etc/systemd/system/vmlane-sriov-0000-01-00.0.service';
const WANTS = 'etc/systemd/system/multi-user.target.wants/vmlane-sriov-0000-01-00.0.service';
const MANAGER = 'etc/NetworkManager/dispatcher.d/99-vmlane-sriov-0000-01-00.0';
const NETWORKD = 'etc/networkd-dispatcher/routable.d/50-vmlane-sriov-0000-01-00.0';

async function sriov(root: string, line: string) {
  return vmlane(['sriov', ...line.split(' '), '--root', root]);
}

const text = (root: string, path: string) => readFileSync(join(root, path), 'utf8');
const mode = (root: string, path: string) => (statSync(join(root, path)).mode & 0o777).toString(8);
const there = (root: string) =>
  [SAVED, UNIT, WANTS, MANAGER, NETWORKD].filter((path) => existsSync(join(root, path)));

test('a unit, as reviewed; again: nothing; removed: nothing is left', () =>
  inTree('82576', async (root) => {
    const dry = await sriov(root, 'persist ens1f0 --dry-run');
    expect(dry).toMatchObject({ status: 0, err: '' });
    expect(there(root)).toEqual([]);
    const node = /ExecStart=(\S+)/.exec(dry.out)?.[1] ?? '';
    const shown = dry.out
      .replaceAll(join(root, '/'), '/')
      .replaceAll(process.cwd(), '/opt/vmlane')
      .replaceAll(node, '/usr/bin/node');
    await expect(shown).toMatchFileSnapshot(
      join(import.meta.dirname, '../data/sriov/persist.diff'),
    );
    expect((await sriov(root, 'persist ens1f0')).err).toContain(
      'vmlane: ens1f0: 2 VFs come back after the next start\n',
    );
    expect(there(root)).toEqual([SAVED, UNIT, WANTS]);
    expect(existsSync(join(root, WANTS, '..', readlinkSync(join(root, WANTS))))).toBe(true);
    expect([mode(root, SAVED), mode(root, UNIT)]).toEqual(['644', '644']);
    for (const more of ['', ' --dry-run', ' --json']) {
      expect(await sriov(root, `persist ens1f0${more}`)).toMatchObject({
        ...{ status: 0, err: 'vmlane: ens1f0: unchanged\n' },
      });
    }
    expect((await sriov(root, 'persist ens1f0 --remove --dry-run')).out).toContain('-ExecStart=');
    expect(there(root)).toHaveLength(3);
    expect((await sriov(root, 'persist ens1f0 --remove')).err).toContain('nothing comes back');
    expect(there(root)).toEqual([]);
    expect((await sriov(root, 'persist ens1f0 --remove')).err).toContain('unchanged');
  }));

test('of a card that is gone', () =>
  inTree('82576', async (root) => {
    await sriov(root, 'persist ens1f0');
    rmSync(join(root, 'sys/bus/pci/devices/0000:01:00.0'), { recursive: true });
    expect((await sriov(root, 'persist 01:00.0 --remove')).status).toBe(0);
    expect(there(root)).toEqual([]);
  }));

test('what is kept is what there is: count, settings, vfio-pci, MTU', () =>
  inTree('82576', async (root) => {
    await sriov(root, 'persist ens1f0 --mtu 9216');
    expect(parseSaved(text(root, SAVED), SAVED)).toEqual({
      ...{ version: 1, pf: '0000:01:00.0', vfs: 2, mtu: 9216 },
      settings: [
        { vf: 0, mac: '52:54:00:12:34:56', vlan: 100, qos: 3, spoofchk: true },
        { vf: 1, spoofchk: true },
      ],
      vfio: [0],
    });
  }));

test('one kind at a time; a file of ours that somebody has changed is kept beside', () =>
  inTree('82576', async (root) => {
    await sriov(root, 'persist ens1f0');
    await sriov(root, 'persist ens1f0 --by networkmanager');
    expect(there(root)).toEqual([SAVED, MANAGER]);
    expect(mode(root, MANAGER)).toBe('755');
    const changed = `${text(root, MANAGER)}# mine\n`;
    writeFileSync(join(root, MANAGER), changed);
    await sriov(root, 'persist ens1f0 --by networkmanager');
    expect(text(root, MANAGER)).not.toContain('# mine');
    expect(text(root, `${MANAGER}.vmlane-backup`)).toBe(changed);
    // A dispatcher must not run it.
    expect(mode(root, `${MANAGER}.vmlane-backup`)).toBe('600');
    await sriov(root, 'persist ens1f0 --by networkd');
    expect(there(root)).toEqual([SAVED, NETWORKD]);
    chmodSync(join(root, NETWORKD), 0o644);
    expect((await sriov(root, 'persist ens1f0 --by networkd')).err).toContain(': written');
    expect(mode(root, NETWORKD)).toBe('755');
  }));

describe('the scripts, run by a shell', () => {
  /** A script whose vmlane is a program that prints what it is called with. */
  async function run(root: string, path: string, args: string[], env: Record<string, string> = {}) {
    const script = text(root, path).replace(/^exec '[^']*' '[^']*'/m, 'exec echo');
    return (await execa('sh', ['-c', script, path, ...args], { env, reject: false })).stdout;
  }

  test("NetworkManager's: for that interface, and when it comes up", () =>
    inTree('82576', async (root) => {
      await sriov(root, 'persist ens1f0 --by networkmanager');
      expect(await run(root, MANAGER, ['ens1f0', 'up'])).toBe(`sriov restore /${SAVED}`);
      expect(await run(root, MANAGER, ['ens1f0', 'down'])).toBe('');
      expect(await run(root, MANAGER, ['ens1f1', 'up'])).toBe('');
      expect(await run(root, MANAGER, [])).toBe('');
    }));

  test("networkd-dispatcher's: for that interface", () =>
    inTree('82576', async (root) => {
      await sriov(root, 'persist ens1f0 --by networkd');
      expect(await run(root, NETWORKD, [], { IFACE: 'ens1f0' })).toBe(`sriov restore /${SAVED}`);
      expect(await run(root, NETWORKD, [], { IFACE: 'eno1' })).toBe('');
    }));
});

test.skipIf(!existsSync('/usr/bin/systemd-analyze'))('systemd accepts the unit', () =>
  inTree('82576', async (root) => {
    await sriov(root, 'persist ens1f0');
    const unit = join(root, UNIT);
    // The program may not be built where this runs.
    writeFileSync(unit, text(root, UNIT).replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true'));
    const { exitCode, stderr } = await execa('systemd-analyze', ['verify', '--man=no', unit], {
      reject: false,
    });
    const own = stderr.split('\n').filter((line) => line.includes('vmlane-sriov'));
    expect([exitCode, own]).toEqual([0, []]);
  }),
);

test('a name with a dash is a unit of its own for systemd', () =>
  inTree(
    '',
    async (root) => {
      const { out } = await sriov(root, 'persist en-1 --dry-run');
      expect(out).toContain('After=sys-subsystem-net-devices-en\\x2d1.device');
    },
    `sys/bus/pci/devices/0000:07:00.0/
  vendor = 0x8086
  device = 0x1572
  class = 0x020000
  sriov_totalvfs = 64
  sriov_numvfs = 1
  net/en-1/flags = 0x1003`,
  ));

test.each(["a';x", 'a%b', 'a$b'])('an interface called %s is not put into a script', (name) =>
  inTree(
    '',
    async (root) => {
      const words = ['sriov', 'persist', '0000:07:00.0', '--root', root];
      expect(await vmlane(words)).toMatchObject({
        status: 2,
        err: `vmlane: ${name}: has characters that do not go there; rename the interface\n`,
      });
    },
    `sys/bus/pci/devices/0000:07:00.0/
  vendor = 0x8086
  device = 0x1572
  class = 0x020000
  sriov_totalvfs = 64
  sriov_numvfs = 1
  net/${name}/flags = 0x1003`,
  ),
);

test('when one file cannot be written, those before are as they were', () =>
  inFolder(async (root) => {
    const paths = ['etc/a.json', 'etc/b.json', 'etc/c.json'];
    const file = (path: string, version: number) => ({
      ...{ path, kind: 'file' as const },
      text: `{"version": ${version}, "pf": "x"}`,
    });
    const files = new HostFiles(root);
    const put = (wanted: ReturnType<typeof file>[]) => {
      const changes = persistChanges(planFiles(paths, wanted, root), root);
      // A file where the folder of the last one would be.
      const blocked = changes.map((one) =>
        'path' in one && one.path === '/etc/c.json' ? { ...one, path: '/etc/a.json/c.json' } : one,
      );
      return carryOut(blocked, files, { by: 'sriov' });
    };
    await put([file('etc/a.json', 1)]);
    const before = treeOf(root);
    await expect(put(paths.map((path) => file(path, 2)))).rejects.toThrow(
      /cannot be .* \(ENOTDIR\); everything is as it was; /,
    );
    expect(treeOf(root)).toEqual(before);
  }));

test('no two kinds and no two PFs share a file', () => {
  const all = ['0000:01:00.0', '0000:01:00.1'].flatMap((address) => pathsOf({ address }));
  expect(new Set(all).size).toBe(all.length);
  expect(KINDS).toHaveLength(3);
});

test('restored: what is there stays, and what is in use is left alone', () =>
  inTree('82576', async (root) => {
    await sriov(root, 'persist ens1f0');
    const file = join(root, SAVED);
    expect(await sriov(root, `restore ${file}`)).toMatchObject({ status: 0, out: '', err: '' });
    writeFileSync(file, text(root, SAVED).replace('"vlan": 100', '"vlan": 200'));
    expect(await sriov(root, `restore ${file}`)).toMatchObject({
      status: 0,
      err: 'vmlane: ens1f0 VF 0: stays as it is, it is in use by guest web1 (process 4711)\n',
    });
  }));
