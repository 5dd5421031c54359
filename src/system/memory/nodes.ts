/** Memory of the host and of its NUMA nodes. */
import { lookAt, type Root } from '../look/index.js';
import { nodeNumbers, type PageCount, readPageCounts } from './pages.js';

/** Memory of a NUMA node, or of the whole host. */
export interface NodeMemory {
  /** Undefined: all of it. */
  node: number | undefined;
  /** Bytes; 0: unknown. */
  total: number;
  /** Bytes available to programs; for a node, its free bytes. */
  free: number;
  pages: readonly Pick<PageCount, 'pageSize' | 'total' | 'available'>[];
}

/** The whole host's memory. */
export function hostMemory(root: Root = '/'): NodeMemory {
  const look = lookAt(root);
  const text = look.text('/proc/meminfo') ?? '';
  return {
    node: undefined,
    total: kib(text, /^MemTotal: +(\d+) kB$/m) ?? 0,
    free: kib(text, /^MemAvailable: +(\d+) kB$/m) ?? 0,
    pages: readPageCounts(look).filter(({ node }) => node === undefined),
  };
}

/** Each node's memory, ascending. */
export function nodeMemories(root: Root = '/'): NodeMemory[] {
  const look = lookAt(root);
  const counts = readPageCounts(look);
  return nodeNumbers(look).map((node) => {
    const text = look.text(`/sys/devices/system/node/node${node}/meminfo`) ?? '';
    return {
      node,
      total: kib(text, /MemTotal: +(\d+) kB$/m) ?? 0,
      free: kib(text, /MemFree: +(\d+) kB$/m) ?? 0,
      pages: counts.filter((one) => one.node === node),
    };
  });
}

/** Bytes of the running kernel's default huge page; undefined: unknown. */
export function namedPageSize(root: Root = '/'): number | undefined {
  return kib(lookAt(root).text('/proc/meminfo') ?? '', /^Hugepagesize: +(\d+) kB$/m);
}

/** The same; if unknown, the value of x86. */
export function defaultPageSize(root: Root = '/'): number {
  return namedPageSize(root) || 2 ** 21;
}

function kib(text: string, line: RegExp): number | undefined {
  const found = line.exec(text)?.[1];
  return found === undefined ? undefined : Number(found) * 1024;
}
