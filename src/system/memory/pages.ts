/** Huge pages: the only reader of their counts. Source: Documentation/admin-guide/mm/hugetlbpage.rst. */
import type { PagePool } from '../../qemu/index.js';
import { type Look, lookAt, type Root } from '../look/index.js';

/** Huge pages of one size: of the whole host, or of a node. */
export interface PageCount {
  /** Bytes. */
  pageSize: number;
  /** NUMA node; absent: all of them. */
  node?: number;
  /** Total pages. */
  total: number;
  /** Free pages; some of them may be reserved. */
  free: number;
  /** Free but reserved pages of the whole host. The kernel does not report their node. */
  reserved: number;
  /**
   * Available pages: free ones less the reserved ones, plus those that the kernel may add by itself. No
   * node has more of them than the whole host.
   */
  available: number;
}

/** Folder with the counts of one page size. */
export function pagesFolder(pageSize: number, node: number | undefined): string {
  return `${sizesFolder(node)}/hugepages-${pageSize / 1024}kB`;
}

function sizesFolder(node: number | undefined): string {
  return node === undefined
    ? '/sys/kernel/mm/hugepages'
    : `/sys/devices/system/node/node${node}/hugepages`;
}

/** Pages of every size: first the whole host's, then each node's. Unreadable counts are 0. */
export function readPageCounts(root: Root = '/'): PageCount[] {
  const look = lookAt(root);
  const all = sizesIn(look, undefined).map((pageSize) => {
    const of = counter(look, pageSize, undefined);
    const [total, free, reserved] = [of('nr'), of('free'), of('resv')];
    const more = Math.max(0, of('nr_overcommit') - of('surplus'));
    return {
      pageSize,
      total,
      free,
      reserved,
      more,
      available: Math.max(0, free - reserved) + more,
    };
  });
  const ofNodes = nodeNumbers(look).flatMap((node) =>
    sizesIn(look, node).map((pageSize): PageCount => {
      const of = counter(look, pageSize, node);
      const whole = all.find((one) => one.pageSize === pageSize);
      const [total, free] = [of('nr'), of('free')];
      if (!whole) return { pageSize, node, total, free, reserved: 0, available: free };
      const { reserved, more, available } = whole;
      return {
        ...{ pageSize, node, total, free, reserved },
        available: Math.min(free + more, available),
      };
    }),
  );
  return [...all.map(({ more: _, ...count }) => count), ...ofNodes];
}

/** NUMA nodes, ascending; none if the kernel reports no nodes. */
export function nodeNumbers(look: Look): number[] {
  const names = look.names('/sys/devices/system/node');
  const numbers = names.flatMap((name) => /^node(\d{1,9})$/.exec(name)?.[1] ?? []);
  return numbers.map(Number).sort((a, b) => a - b);
}

/** Page sizes in bytes, ascending. */
function sizesIn(look: Look, node: number | undefined): number[] {
  const sizes = look
    .names(sizesFolder(node))
    .flatMap((name) => /^hugepages-(\d{1,12})kB$/.exec(name)?.[1] ?? []);
  return sizes.map((kib) => Number(kib) * 1024).sort((a, b) => a - b);
}

type Count = 'nr' | 'free' | 'resv' | 'surplus' | 'nr_overcommit';

function counter(look: Look, pageSize: number, node: number | undefined) {
  return (name: Count) => {
    const text = look.text(`${pagesFolder(pageSize, node)}/${name}_hugepages`);
    return Number.parseInt(text ?? '', 10) || 0;
  };
}

/** Pages available to guests, for the rewriting and the validation. */
export function poolsOf(counts: readonly PageCount[]): PagePool[] {
  return counts.map(({ pageSize, node, available: free }) => {
    return { pageSize, ...(node !== undefined && { node }), free };
  });
}

/** True if the available pages of one size have room for `mebibytes`. */
export function hugePagesHold(mebibytes: number, root: Root = '/'): boolean {
  const whole = readPageCounts(root).filter(({ node }) => node === undefined);
  return whole.some(({ pageSize, available }) => available * pageSize >= mebibytes * 2 ** 20);
}
