/** Parts of a guest's memory: cells, memory devices, huge pages. */
import { cpuSet } from '../../values/cpu-set.js';
import type { MemoryLayout } from '../../values/memory-regions.js';
import { attribute, childrenOf, down, type Element, type Tree } from '../../xml/element.js';
import { bytesOf } from './values.js';

/** `<memory>` in bytes; undefined if that is not a size. */
export function memoryOf<T extends Tree<T>>(domain: T): number | undefined {
  const [memory] = childrenOf(domain, 'memory');
  return memory && bytesOf(memory.text, attribute(memory, 'unit'));
}

export function cellsOf<T extends Tree<T>>(domain: T): T[] {
  return down(domain, 'cpu', 'numa', 'cell');
}

export function bytesOfCell(cell: Element): number | undefined {
  return bytesOf(attribute(cell, 'memory') ?? '', attribute(cell, 'unit'));
}

/** Memory devices with their sizes. */
export function pluggedOf<T extends Tree<T>>(domain: T): { element: T; bytes: number }[] {
  return down(domain, 'devices', 'memory').map((element) => {
    const [size] = down(element, 'target', 'size');
    return { element, bytes: (size && bytesOf(size.text, attribute(size, 'unit'))) ?? 0 };
  });
}

/** Files that memory devices are made of, NVDIMMs and the like. */
export function memoryFilesOf<T extends Tree<T>>(domain: T): { at: T; path: string }[] {
  return down(domain, 'devices', 'memory', 'source', 'path').flatMap((at) => {
    const path = at.text.trim();
    return path.startsWith('/') ? [{ at, path }] : [];
  });
}

/** What its memory regions depend on. Cells and devices without a size count as they are: one each. */
export function layoutOf<T extends Tree<T>>(domain: T): MemoryLayout {
  const [type] = down(domain, 'os', 'type');
  const foreign = !/^(x86_64|i686)$/.test(attribute(type, 'arch') ?? 'x86_64');
  const plugged = pluggedOf(domain);
  const cells = cellsOf(domain).map((cell) => bytesOfCell(cell) ?? 0);
  const whole = (memoryOf(domain) ?? 0) - plugged.reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    machine: attribute(type, 'machine') ?? (foreign ? 'none' : undefined),
    cells: cells.length > 0 ? cells : [Math.max(0, whole)],
    plugged: plugged.length,
  };
}

/** A part of the memory on pages of one size; `pageSize` undefined: the host's default size. */
export interface MemoryPart<T extends Element = Element> {
  at: T;
  label: string;
  bytes: number;
  pageSize: number | undefined;
  nodes: readonly number[];
}

/** The system's own pages, which `<hugepages>` may name, too. */
const ORDINARY = 4096;

/** Whether all memory is on huge pages, or would be if their sizes could be read. */
export function isAllHuge<T extends Tree<T>>(domain: T): boolean {
  const pages = down(domain, 'memoryBacking', 'hugepages', 'page');
  if (pages.some((page) => pageSizeOf(page) === undefined)) return true;
  const dimms = pluggedOf(domain).filter(({ element }) => attribute(element, 'model') === 'dimm');
  const parts = partsOf(domain).length;
  return parts > 0 && parts >= Math.max(1, cellsOf(domain).length) + dimms.length;
}

/** The parts of the memory that are on huge pages. */
export function partsOf<T extends Tree<T>>(domain: T): MemoryPart<T>[] {
  const [huge] = down(domain, 'memoryBacking', 'hugepages');
  if (!huge) return [];
  const pages = childrenOf(huge, 'page');
  const general = pages.find((page) => attribute(page, 'nodeset') === undefined);
  // Without <page> all memory is on pages of the default size; with some, only what they name.
  const sizeFor = (cell: string): number | undefined | 'ordinary' => {
    const own = pages.find((page) => setOf(attribute(page, 'nodeset')).includes(Number(cell)));
    const page = own ?? general;
    if (!page) return pages.length === 0 ? undefined : 'ordinary';
    const size = pageSizeOf(page);
    return size === undefined || size <= ORDINARY ? 'ordinary' : size;
  };
  const part = (at: T, label: string, bytes: number | undefined, cell: string): MemoryPart<T>[] => {
    const pageSize = sizeFor(cell);
    if (!bytes || pageSize === 'ordinary') return [];
    return [{ at, label, bytes, pageSize, nodes: nodesFor(domain, cell) }];
  };
  const cells = cellsOf(domain);
  const whole = childrenOf(domain, 'memory')[0];
  const fixed =
    cells.length === 0 && whole
      ? part(whole, 'the memory', memoryOf(domain), '0')
      : cells.flatMap((cell, index) => {
          const id = attribute(cell, 'id') ?? String(index);
          return part(cell, `cell ${id}`, bytesOfCell(cell), id);
        });
  const plugged = pluggedOf(domain).flatMap(({ element, bytes }, index) => {
    if (attribute(element, 'model') !== 'dimm') return [];
    const cell = down(element, 'target', 'node')[0]?.text.trim() ?? '0';
    return part(element, `memory device ${index + 1}`, bytes, cell);
  });
  return [...fixed, ...plugged];
}

/** The host's nodes that a cell's memory must come from; empty: any. Source: virDomainNumatuneGetMode. */
function nodesFor<T extends Tree<T>>(domain: T, cell: string): number[] {
  const own = down(domain, 'numatune', 'memnode').find((one) => attribute(one, 'cellid') === cell);
  const [tune] = own ? [own] : down(domain, 'numatune', 'memory');
  // The default mode is strict.
  if (!tune || (attribute(tune, 'mode') ?? 'strict') !== 'strict') return [];
  return setOf(attribute(tune, 'nodeset'));
}

export function setOf(text: string | undefined): number[] {
  return cpuSet(text ?? '') ?? [];
}

/** Bytes of `<page>`, a power of two: no processor that QEMU runs on has other sizes. */
export function pageSizeOf(page: Element): number | undefined {
  const size = bytesOf(attribute(page, 'size') ?? '', attribute(page, 'unit'));
  return size && Number.isInteger(Math.log2(size)) ? size : undefined;
}
