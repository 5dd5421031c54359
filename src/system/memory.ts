import type { Look } from './files/look.js';

/** Huge pages of one size: how many there are, and how many nobody has. */
export interface PageCount {
  /** Bytes. */
  pageSize: number;
  total: number;
  free: number;
}

/** Memory of a NUMA node, or of the whole host. */
export interface NodeMemory {
  /** Undefined: all of it. */
  node: number | undefined;
  /** Bytes; 0: the host does not say. */
  total: number;
  /** Bytes that programs could have now; of a node, those that are free. */
  free: number;
  pages: readonly PageCount[];
}

/** Folder of the counts of one page size. */
export function pagesFolder(pageSize: number, node: number | undefined): string {
  const parent = node === undefined ? '/sys/kernel/mm' : `/sys/devices/system/node/node${node}`;
  return `${parent}/hugepages/hugepages-${pageSize / 1024}kB`;
}

/** The whole host's memory. */
export function hostMemory(look: Look): NodeMemory {
  const text = look.text('/proc/meminfo') ?? '';
  return {
    node: undefined,
    total: kib(text, /^MemTotal: +(\d+) kB$/m),
    free: kib(text, /^MemAvailable: +(\d+) kB$/m),
    pages: counts(look, '/sys/kernel/mm/hugepages', undefined),
  };
}

/** Each node's memory, ascending. Source: Documentation/admin-guide/mm/hugetlbpage.rst. */
export function nodeMemories(look: Look): NodeMemory[] {
  const folder = '/sys/devices/system/node';
  const numbers = look.names(folder).flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []);
  return numbers
    .map(Number)
    .sort((a, b) => a - b)
    .map((node) => {
      const text = look.text(`${folder}/node${node}/meminfo`) ?? '';
      return {
        node,
        total: kib(text, /MemTotal: +(\d+) kB$/m),
        free: kib(text, /MemFree: +(\d+) kB$/m),
        pages: counts(look, `${folder}/node${node}/hugepages`, node),
      };
    });
}

function counts(look: Look, folder: string, node: number | undefined): PageCount[] {
  const sizes = look
    .names(folder)
    .flatMap((name) => /^hugepages-(\d+)kB$/.exec(name)?.[1] ?? [])
    .map((size) => Number(size) * 1024);
  return sizes
    .sort((a, b) => a - b)
    .map((pageSize) => {
      const of = (file: string) => {
        const text = look.text(`${pagesFolder(pageSize, node)}/${file}`) ?? '';
        return Number.parseInt(text, 10) || 0;
      };
      const reserved = node === undefined ? of('resv_hugepages') : 0;
      const free = Math.max(0, of('free_hugepages') - reserved);
      return { pageSize, total: of('nr_hugepages'), free };
    });
}

function kib(text: string, line: RegExp): number {
  return Number(line.exec(text)?.[1] ?? 0) * 1024;
}

/** Bytes of the pages that the running kernel takes where no size is named; where it does not say, as on x86. */
export function defaultPageSize(look: Look): number {
  return kib(look.text('/proc/meminfo') ?? '', /^Hugepagesize: +(\d+) kB$/m) || 2 ** 21;
}
