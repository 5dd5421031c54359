import { join } from 'node:path';
import type { Host, PageMount, PagePool } from '../qemu/index.js';
import { namesIn, readText } from './text.js';

const GLOBAL = 'sys/kernel/mm/hugepages';
const NODES = 'sys/devices/system/node';
const KIB = 1024;

/**
 * The host's huge pages: pools by size and node, mounts, default size. `root` is the folder that
 * stands for `/`. What cannot be read is absent.
 */
export function readPages(root = '/'): Pick<Host, 'pools' | 'mounts' | 'defaultPageSize'> {
  const pools = sizes(join(root, GLOBAL)).map(([pageSize, folder]) => wholeHost(pageSize, folder));
  // Of pages that are reserved it is not known on which node they will be.
  const most = new Map(pools.map((pool) => [pool.pageSize, pool.free]));
  const ofNodes = namesIn(join(root, NODES)).flatMap((name): PagePool[] => {
    const node = /^node(\d+)$/.exec(name)?.[1];
    if (node === undefined) return [];
    return sizes(join(root, NODES, name, 'hugepages')).map(([pageSize, folder]) => {
      const free = Math.min(count(folder, 'free_hugepages'), most.get(pageSize) ?? 0);
      return { pageSize, node: Number(node), free };
    });
  });
  const defaultPageSize = readDefault(root);
  return {
    pools: [...pools, ...ofNodes],
    mounts: readMounts(root, defaultPageSize),
    ...(defaultPageSize !== undefined && { defaultPageSize }),
  };
}

/** Free ones less those that others have reserved, and those that the kernel may add by itself. */
function wholeHost(pageSize: number, folder: string): PagePool {
  const mayCome = count(folder, 'nr_overcommit_hugepages') - count(folder, 'surplus_hugepages');
  const free = count(folder, 'free_hugepages') - count(folder, 'resv_hugepages');
  return { pageSize, free: Math.max(0, free) + Math.max(0, mayCome) };
}

/** Of `hugepages-2048kB` and the like: bytes, and the folder. */
function sizes(parent: string): [pageSize: number, folder: string][] {
  return namesIn(parent).flatMap((name): [number, string][] => {
    const kib = /^hugepages-(\d+)kB$/.exec(name)?.[1];
    return kib === undefined ? [] : [[Number(kib) * KIB, join(parent, name)]];
  });
}

/** Source: proc_pid_mountinfo(5) for the escapes, fs/hugetlbfs for `pagesize=`. */
function readMounts(root: string, defaultPageSize: number | undefined): PageMount[] {
  const table = readText(join(root, 'proc/self/mounts')) ?? '';
  return table.split('\n').flatMap((line): PageMount[] => {
    const [, folder = '', type, options = ''] = line.split(' ');
    if (type !== 'hugetlbfs') return [];
    const [, number, unit = ''] = /(?:^|,)pagesize=(\d+)([KMG]?)/.exec(options) ?? [];
    const pageSize = number
      ? Number(number) * KIB ** ['', 'K', 'M', 'G'].indexOf(unit)
      : defaultPageSize;
    return pageSize === undefined ? [] : [{ folder: decoded(folder), pageSize }];
  });
}

function decoded(folder: string): string {
  return folder.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function readDefault(root: string): number | undefined {
  const text = readText(join(root, 'proc/meminfo')) ?? '';
  const kib = /^Hugepagesize: +(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) * KIB;
}

function count(folder: string, file: string): number {
  return Number.parseInt(readText(join(folder, file)) ?? '', 10) || 0;
}
