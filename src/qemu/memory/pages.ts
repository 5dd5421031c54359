import type { Trouble } from '../../values/errors.js';
import { parseSize } from '../../values/size.js';
import type { Host, PageMount, PagePool } from '../host.js';
import { get, isOn, numbers, type Properties } from '../syntax/properties.js';

/** Huge pages of one memory object. */
export interface PageDemand {
  id: string;
  bytes: number;
  pageSize: number;
  /** The host's NUMA nodes to which it is bound; none: any. */
  nodes: readonly number[];
}

/**
 * The pages for an object of `bytes`; undefined if it is on ordinary pages, or on pages of an
 * unknown size.
 */
export function demandOf(object: Properties, bytes: number, host: Host): PageDemand | undefined {
  const pageSize = pageSizeOf(object, host);
  if (pageSize === undefined) return undefined;
  const bound = get(object, 'policy') === 'bind';
  const nodes = bound ? numbers(object, 'host-nodes') : [];
  return { id: get(object, 'id') ?? '', bytes, pageSize, nodes };
}

function pageSizeOf(object: Properties, host: Host): number | undefined {
  const type = get(object, 'qom-type');
  if (type === 'memory-backend-file') {
    const path = get(object, 'mem-path') ?? '';
    return mountOf(path, host.mounts ?? [])?.pageSize;
  }
  if (type !== 'memory-backend-memfd' || !isOn(get(object, 'hugetlb'))) return undefined;
  return parseSize(get(object, 'hugetlbsize') ?? '', 'b') ?? host.defaultPageSize;
}

/** The hugetlbfs that contains `path`: the innermost of nested ones. */
function mountOf(path: string, mounts: readonly PageMount[]): PageMount | undefined {
  return mounts
    .filter(({ folder }) => inside(path).startsWith(inside(folder)))
    .sort((one, other) => other.folder.length - one.folder.length)[0];
}

/** With one slash at its end, so that no name is a prefix of another. */
function inside(folder: string): string {
  return folder.replace(/\/*$/, '/');
}

/**
 * The first shortage of pages, with the arithmetic: for every size, on the nodes with bound objects
 * and on the whole host. Undefined if the pages suffice.
 */
export function shortage(
  demands: readonly PageDemand[],
  pools: readonly PagePool[],
): Trouble | undefined {
  for (const pageSize of new Set(demands.map((one) => one.pageSize))) {
    const same = demands.filter((one) => one.pageSize === pageSize);
    const groups = new Map(same.map((one) => [one.nodes.join(), one.nodes]));
    groups.set('', []);
    for (const nodes of groups.values()) {
      const here = nodes.length > 0 ? same.filter((one) => within(one, nodes)) : same;
      const free = freePages(pools, pageSize, nodes);
      const needed = here.reduce((sum, one) => sum + Math.ceil(one.bytes / pageSize), 0);
      if (needed > free) return trouble(pageSize, nodes, here, needed, free);
    }
  }
  return undefined;
}

/** Whether it can get its pages from no other node. */
function within({ nodes }: PageDemand, others: readonly number[]): boolean {
  return nodes.length > 0 && nodes.every((node) => others.includes(node));
}

function freePages(pools: readonly PagePool[], pageSize: number, nodes: readonly number[]): number {
  const fitting = pools.filter(
    (pool) =>
      pool.pageSize === pageSize &&
      (nodes.length === 0 ? pool.node === undefined : nodes.includes(pool.node ?? -1)),
  );
  // A size that the host lacks counts as no pages.
  return fitting.reduce((sum, pool) => sum + pool.free, 0);
}

function trouble(
  pageSize: number,
  nodes: readonly number[],
  demands: readonly PageDemand[],
  needed: number,
  free: number,
): Trouble {
  const where = nodes.length === 0 ? 'this host' : `host node ${nodes.join(' and ')}`;
  const size = inWords(pageSize);
  const sums = demands.map(
    ({ id, bytes }) => `${Math.ceil(bytes / pageSize)} for ${id} (${inWords(bytes)})`,
  );
  const file = `hugepages-${pageSize / 1024}kB/nr_hugepages`;
  const [node] = nodes;
  const folder =
    node === undefined
      ? '/sys/kernel/mm/hugepages'
      : `/sys/devices/system/node/node${node}/hugepages`;
  return {
    thing: `huge pages of ${size} on ${where}`,
    problem: `${free} are free, ${needed} are needed: ${sums.join(' + ')}; ${needed - free} are missing`,
    remedy: `reserve more in ${folder}/${file} or give the guest less memory`,
  };
}

/** A size in words: `4 GiB`. */
export function inWords(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && size % 1024 === 0 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size} ${units[unit]}`;
}
