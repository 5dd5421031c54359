/** A switch on huge pages of one size: which mount it gets, and why it gets none. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { wantedPages } from '../../src/switch/page-mount.js';
import type { PathPart, PathWalk } from '../../src/values/access.js';
import { inFolder } from './folder.js';

/** Free pages by KiB, and hugetlbfs by folder. */
async function host(root: string, free: Record<number, number>, mounts: Record<string, string>) {
  for (const [size, pages] of Object.entries(free)) {
    for (const parent of ['sys/kernel/mm', 'sys/devices/system/node/node1']) {
      const folder = join(root, parent, `hugepages/hugepages-${size}kB`);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'free_hugepages'), `${pages}\n`);
    }
  }
  const lines = Object.entries(mounts).map(
    ([folder, size]) => `nodev ${folder} hugetlbfs rw,pagesize=${size} 0 0\n`,
  );
  await mkdir(join(root, 'proc/self'), { recursive: true });
  await writeFile(join(root, 'proc/self/mounts'), lines.join(''));
}

/** Modes of the parts of a way, the folder's last; owners other than root as `MODE UID`. */
function way(...modes: string[]): PathWalk {
  return {
    parts: modes.map((one, i): PathPart => {
      const [mode = '', uid = '0'] = one.split(' ');
      const part = { path: `/p${i}`, kind: 'folder' as const, gid: 0 };
      return { ...part, mode: Number.parseInt(mode, 8), uid: Number(uid) };
    }),
  };
}

const BOTH = { '/huge1': '1024M', '/huge2': '2M' };
const wishes = { mib: 128, devices: [], lcore: undefined };

it('is the one mount of that size, where the pages suffice', () =>
  inFolder(async (root) => {
    await host(root, { 2048: 64, 1048576: 4 }, BOTH);
    const found = (text?: string, mib = 128) =>
      wantedPages(text, { ...wishes, mib }, root, () => way('755', '755'));
    expect(found()).toBeUndefined();
    expect(found('2MiB')).toEqual({ pageSize: 2 ** 21, folder: '/huge2' });
    expect(found('2048KiB')).toEqual({ pageSize: 2 ** 21, folder: '/huge2' });
    expect(found('1GiB', 4096)).toEqual({ pageSize: 2 ** 30, folder: '/huge1' });
  }));

it.each([
  ['2M', '2M: no size of huge pages; give 2MiB or 1GiB'],
  ['3MiB', '3MiB: no size of huge pages; give 2MiB or 1GiB'],
  ['', ': no size of huge pages; give 2MiB or 1GiB'],
  ['16MiB', '16MiB: this host has no pages of that size; give 2MiB or 1GiB'],
  [
    '2MiB',
    "2MiB: 128 MiB need 64 pages, 63 are free; reserve more: 'vmlane host setup --pages 2MiB:64' does so",
  ],
  [
    '1GiB',
    "1GiB: no hugetlbfs of that size is mounted; mount one: 'vmlane host setup --pages 1GiB:1' does so",
  ],
])('refused: --page-size %s', (text, says) =>
  inFolder(async (root) => {
    await host(root, { 2048: 63, 1048576: 4 }, { '/huge2': '2M' });
    expect(() => wantedPages(text, wishes, root, () => way('755'))).toThrow(`--page-size ${says}`);
  }),
);

it('none free on the node of its lcore is refused, not left to the EAL, which would abort', () =>
  inFolder(async (root) => {
    await host(root, { 2048: 64 }, BOTH);
    expect(() => wantedPages('2MiB', { ...wishes, lcore: 0 }, root, () => way('755'))).toThrow(
      "--page-size 2MiB: none is free on NUMA node 0, where the switch or a device of it is; reserve some there: 'vmlane host setup --pages 2MiB:N@0'",
    );
  }));

// The switch opens its files there as root, by names that can be guessed.
it.each([
  ['written by all', way('755', '777')],
  ['sticky, as /tmp is', way('755', '1777')],
  ["of root's group's", way('755', '775')],
  ["QEMU's", way('755', '755 64055')],
  ["below a folder of QEMU's", way('755', '755 64055', '755')],
  ['below an open folder', way('777', '755')],
  ['not to be seen', { ...way('755'), missing: { path: '/p1', code: 'EACCES' } }],
])('a mount that is %s is refused', (_, open) =>
  inFolder(async (root) => {
    await host(root, { 2048: 64 }, BOTH);
    expect(() => wantedPages('2MiB', wishes, root, () => open)).toThrow(
      '--page-size 2MiB: others than root may write to /huge2, or on the way to it',
    );
  }),
);

it('a second mount of the size is taken where the first is open; above it, sticky folders do', () =>
  inFolder(async (root) => {
    await host(root, { 2048: 64 }, { '/open': '2M', '/own': '2M' });
    const ways = (folder: string) => (folder === '/own' ? way('755', '1777', '755') : way('777'));
    expect(wantedPages('2MiB', wishes, root, ways)).toMatchObject({ folder: '/own' });
  }));
