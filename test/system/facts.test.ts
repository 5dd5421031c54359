import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { qemuAccount } from '../../src/system/accounts/qemu.js';
import { walk } from '../../src/system/accounts/walk.js';
import { readEndpoint } from '../../src/system/devices/pci.js';
import { hostFactsReader, readHostFacts } from '../../src/system/facts.js';
import { HostLook } from '../../src/system/look/index.js';
import { readProcesses } from '../../src/system/processes/guests.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vmlane-facts-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function link(path: string, target: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
}

describe("QEMU's account", () => {
  beforeEach(() => {
    write(
      'etc/passwd',
      'root:x:0:0::/root:/bin/sh\nlibvirt-qemu:x:64055:994::/:/x\nlane:x:107:108::/:/x\n',
    );
    write('etc/group', 'root:x:0:\nkvm:x:994:\nlane:x:108:\nsocks:x:109:lane,libvirt-qemu\n');
  });

  // qemu.conf; the account.
  test.each([
    ['', { name: 'libvirt-qemu', uid: 64055, gids: [994, 109] }],
    ['# user = "lane"\n', { name: 'libvirt-qemu', uid: 64055, gids: [994, 109] }],
    ['user = "root"\ngroup = "root"\n', { name: 'root', uid: 0, gids: [0] }],
    ['user = "lane"\n', { name: 'lane', uid: 107, gids: [994, 108, 109] }],
    ['user = "+107"\ngroup = "socks" # theirs\n', { name: 'lane', uid: 107, gids: [109, 108] }],
    ['user = "+5000"\ngroup = "+5001"\n', { name: '+5000', uid: 5000, gids: [5001] }],
    ['user = "nobody-there"\n', undefined],
  ])('%j', (conf, account) => {
    write('etc/libvirt/qemu.conf', conf);
    expect(qemuAccount(root)).toEqual(account);
  });

  test("the group is the distribution's", () => {
    write('etc/group', 'libvirt-qemu:x:64055:\nkvm:x:994:\n');
    write('etc/passwd', 'libvirt-qemu:x:64055:994::/:/x\n');
    write('etc/os-release', 'ID=ubuntu\nID_LIKE=debian\n');
    expect(qemuAccount(root)?.gids).toEqual([994]);
    write('etc/os-release', 'ID=debian\n');
    expect(qemuAccount(root)?.gids).toEqual([64055, 994]);
  });

  test('of Fedora, and where there is none', () => {
    write('etc/passwd', 'qemu:x:107:107::/:/x\n');
    write('etc/group', 'qemu:x:107:\n');
    expect(qemuAccount(root)).toEqual({ name: 'qemu', uid: 107, gids: [107] });
    write('etc/passwd', '');
    expect(qemuAccount(root)).toBeUndefined();
  });
});

test('a way through links stays below the root', () => {
  write('real/deep/file', '');
  link('folder', '/real/deep');
  expect(walk('/folder/file', root).parts.map(({ path, kind }) => [path, kind])).toEqual([
    ['/', 'folder'],
    ['/folder', 'link'],
    ['/real', 'folder'],
    ['/real/deep', 'folder'],
    ['/real/deep/file', 'file'],
  ]);
  expect(walk('/folder/none/x', root).missing).toEqual({ path: '/real/deep/none', code: 'ENOENT' });
  expect(walk('/real/deep/file/x', root).missing?.code).toBe('ENOTDIR');
  link('loop', 'loop');
  expect(walk('/loop', root).missing).toEqual({ path: '/loop', code: 'ELOOP' });
});

test('a VF, its PF and its group', () => {
  const devices = 'sys/bus/pci/devices';
  write(`${devices}/0000:01:00.0/class`, '0x020000\n');
  write(`${devices}/0000:01:00.0/net/eth0/flags`, '0x1003\n');
  write(`${devices}/0000:01:10.0/class`, '0x020000\n');
  link(`${devices}/0000:01:10.0/physfn`, '../0000:01:00.0');
  link(`${devices}/0000:01:10.0/driver`, '../../drivers/vfio-pci');
  link(`${devices}/0000:01:10.0/iommu_group`, '../../../../kernel/iommu_groups/7');
  mkdirSync(join(root, 'sys/kernel/iommu_groups/7/devices/0000:01:10.0'), { recursive: true });
  write(`${devices}/0000:01:10.0/vendor`, '0x8086\n');
  write(`${devices}/0000:01:10.0/device`, '0x10ca\n');
  write(`${devices}/0000:01:00.0/net/eth0/address`, '52:54:00:00:00:01\n');
  const vf = {
    address: '0000:01:10.0',
    ...{ vendor: '8086', device: '10ca' },
    driver: 'vfio-pci',
    bridge: false,
    pf: '0000:01:00.0',
    nets: [],
  };
  expect(readEndpoint('0000:01:10.0', root)).toEqual({
    ...vf,
    group: { number: '7', members: [vf] },
    pfNets: [{ name: 'eth0', mac: '52:54:00:00:00:01', up: true, promiscuous: false }],
  });
  expect(readEndpoint('0000:09:00.0', root)).toBeUndefined();
});

test('processes: guests by their names, groups by who holds them', () => {
  write('proc/7/cmdline', ['qemu', '-name', 'guest=a,,b,debug-threads=on', ''].join('\0'));
  write('proc/7/comm', 'qemu\n');
  link('proc/7/fd/3', '/dev/vfio/12');
  link('proc/7/fd/4', '/dev/vfio/12');
  write('proc/8/cmdline', ['qemu', '-name', 'plain', ''].join('\0'));
  write('proc/10/cmdline', ['find', '/', '-name', 'web1', ''].join('\0'));
  write('proc/11/cmdline', ['/opt/emulator', '-name', 'guest=own', ''].join('\0'));
  write('proc/9/cmdline', '');
  write('proc/9/comm', 'testpmd\n');
  link('proc/9/fd/0', '/dev/vfio/vfio');
  link('proc/9/fd/1', '/dev/vfio/12');
  const { guests, vfio } = readProcesses(root);
  expect([...guests].sort()).toEqual(['a,b', 'own', 'plain']);
  expect([...vfio]).toEqual([
    [
      '12',
      [
        { pid: 7, program: 'qemu', guest: 'a,b' },
        { pid: 9, program: 'testpmd' },
      ],
    ],
  ]);
});

test('of an empty host nothing is known; of this one, something', () => {
  const nothing = { paths: [], pci: [] };
  expect(readHostFacts(nothing, root)).toEqual({
    ...{ pools: [], kvm: 'ENOENT', paths: new Map(), fileSystems: new Map(), pci: new Map() },
    ...{ listening: new Set(), vfio: new Map(), guests: new Set() },
  });
  const here = readHostFacts({ paths: ['/etc/passwd'], pci: [] });
  expect(here.paths.get('/etc/passwd')?.parts.at(-1)).toMatchObject({ kind: 'file' });
  expect(here.cpus?.has(0)).toBe(true);
  expect(here.memory?.total).toBeGreaterThan(2 ** 28);
});

test('for many domains, what none of them names is read once', () => {
  const read: string[] = [];
  class Counted extends HostLook {
    protected override bytes(path: string, most?: number): Buffer {
      read.push(path);
      return super.bytes(path, most);
    }
  }
  const facts = hostFactsReader(new Counted());
  const one = { paths: ['/etc/passwd'], pci: [] };
  const first = facts(one);
  expect(read).toContain('/proc/meminfo');
  const before = read.length;
  expect(facts({ paths: ['/etc/group'], pci: [] })).toEqual({
    ...first,
    paths: new Map([['/etc/group', walk('/etc/group', '/')]]),
  });
  expect(read.slice(before)).toEqual([]);
});
