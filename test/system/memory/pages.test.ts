import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPages } from '../../../src/system/host.js';
import { fileSystemOf } from '../../../src/system/memory/mounts.js';
import { hostMemory, nodeMemories } from '../../../src/system/memory/nodes.js';
import { hugePagesHold, readPageCounts } from '../../../src/system/memory/pages.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vmlane-pages-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function write(files: Record<string, string | number>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
}

test('pools by size and node, less what is reserved, and with what may be added', () => {
  const all = 'sys/kernel/mm/hugepages';
  const node = (number: number) => `sys/devices/system/node/node${number}/hugepages`;
  write({
    [`${all}/hugepages-2048kB/free_hugepages`]: 10,
    [`${all}/hugepages-2048kB/resv_hugepages`]: 4,
    [`${all}/hugepages-1048576kB/free_hugepages`]: 0,
    [`${all}/hugepages-1048576kB/nr_overcommit_hugepages`]: 3,
    [`${all}/hugepages-1048576kB/surplus_hugepages`]: 1,
    [`${node(0)}/hugepages-2048kB/free_hugepages`]: 8,
    [`${node(1)}/hugepages-2048kB/free_hugepages`]: 2,
    'sys/devices/system/node/online': '0-1',
  });
  expect(readPages(root).pools).toEqual([
    { pageSize: 2 * MIB, free: 6 },
    { pageSize: GIB, free: 2 },
    { pageSize: 2 * MIB, node: 0, free: 6 },
    { pageSize: 2 * MIB, node: 1, free: 2 },
  ]);
});

test('64 free and 64 reserved are none, to everybody', () => {
  const all = 'sys/kernel/mm/hugepages/hugepages-2048kB';
  const node = 'sys/devices/system/node/node0/hugepages/hugepages-2048kB';
  for (const folder of [all, node]) {
    write({ [`${folder}/nr_hugepages`]: 64, [`${folder}/free_hugepages`]: 64 });
  }
  write({ [`${all}/resv_hugepages`]: 64 });
  const pageSize = 2 * MIB;
  const count = { pageSize, total: 64, free: 64, reserved: 64, available: 0 };
  expect(readPageCounts(root)).toEqual([count, { ...count, node: 0 }]);
  expect(readPages(root).pools).toEqual([
    { pageSize, free: 0 },
    { pageSize, node: 0, free: 0 },
  ]);
  expect(hostMemory(root).pages).toMatchObject([{ total: 64, available: 0 }]);
  expect(nodeMemories(root)).toMatchObject([{ node: 0, pages: [{ total: 64, available: 0 }] }]);
  expect(hugePagesHold(2, root)).toBe(false);
  write({ [`${all}/resv_hugepages`]: 63 });
  expect(hugePagesHold(2, root)).toBe(true);
  expect(hugePagesHold(3, root)).toBe(false);
});

test('pages that the kernel may add come on any node', () => {
  const all = 'sys/kernel/mm/hugepages/hugepages-2048kB';
  write({ [`${all}/nr_overcommit_hugepages`]: 8, [`${all}/surplus_hugepages`]: 3 });
  write({ 'sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages': 0 });
  expect(readPages(root).pools?.map(({ free }) => free)).toEqual([5, 5]);
  expect(hugePagesHold(10, root)).toBe(true);
});

test('mounts with the size of their pages, blanks in their names included', () => {
  write({
    'proc/meminfo': 'MemTotal: 1 kB\nHugepagesize:       2048 kB',
    'proc/self/mounts': [
      'proc /proc proc rw 0 0',
      'hugetlbfs /dev/hugepages hugetlbfs rw,relatime,pagesize=2M 0 0',
      'nodev /mnt/huge\\0401G hugetlbfs rw,pagesize=1024M 0 0',
      'nodev /mnt/default hugetlbfs rw 0 0',
    ].join('\n'),
  });
  expect(readPages(root)).toEqual({
    pools: [],
    defaultPageSize: 2 * MIB,
    mounts: [
      { folder: '/dev/hugepages', pageSize: 2 * MIB },
      { folder: '/mnt/huge 1G', pageSize: GIB },
      { folder: '/mnt/default', pageSize: 2 * MIB },
    ],
  });
});

test('the file system of a file is that of the nearest mount, links followed', () => {
  write({
    'proc/self/mounts': [
      '/dev/vda / ext4 rw 0 0',
      'tmpfs /dev/shm ramfs rw 0 0',
      'tmpfs /dev/shm tmpfs rw 0 0',
      'pages /dev/shm/huge\\040pages hugetlbfs rw,pagesize=2M 0 0',
    ].join('\n'),
    'dev/shm/a': '',
    'dev/shm/huge pages/b': '',
    'dev/shm-not/c': '',
  });
  symlinkSync('/dev/shm-not/c', join(root, 'dev/shm/d'));
  const kind = (path: string) => fileSystemOf(path, root);
  expect(['/dev/shm/a', '/dev/shm/huge pages/b', '/dev/shm-not/c', '/dev/shm/d'].map(kind)).toEqual(
    ['tmpfs', 'hugetlbfs', 'ext4', 'ext4'],
  );
  expect(kind('/dev/shm/gone')).toBeUndefined();
  expect(kind('/dev/shm')).toBe('tmpfs');
  expect(fileSystemOf('/proc/version')).toBe('proc');
});

test('a host without any of it has none', () => {
  expect(readPages(root)).toEqual({ pools: [], mounts: [] });
  expect(readPages().pools?.every(({ free }) => free >= 0)).toBe(true);
});
