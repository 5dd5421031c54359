/** Huge pages: what the XML asks for, and what the host has. */
import { inWords, type PageDemand, shortage } from '../../qemu/memory/pages.js';
import { cpuSet } from '../../values/cpu-set.js';
import { attribute, childrenOf, type Placed } from '../../xml/scan.js';
import { error, type Found, type Rule, shown, unfit, warning } from './finding.js';
import { bytesOfCell, cellsOf, pluggedOf } from './memory.js';
import { down, type Subject } from './subject.js';
import { bytesOf } from './values.js';

export const HUGE_PAGES: readonly Rule[] = [
  { name: 'page-size', check: pageSize },
  { name: 'pages-free', check: pagesFree },
  { name: 'memory-free', check: memoryFree },
];

/** A part of the memory on pages of one size; undefined: of the host's default size. */
export interface Part {
  at: Placed;
  label: string;
  bytes: number;
  pageSize: number | undefined;
  nodes: readonly number[];
}

function* pageSize(subject: Subject): Iterable<Found> {
  const pages = down(subject.domain, 'memoryBacking', 'hugepages', 'page');
  const cells = Math.max(1, cellsOf(subject.domain).length);
  for (const page of pages) {
    const nodeset = attribute(page, 'nodeset');
    if (nodeset !== undefined && !setOf(nodeset).some((cell) => cell < cells)) {
      const problem = `nodeset=${shown(nodeset)} names no cell of the guest's memory`;
      yield error(page, problem, `count from 0, to ${cells - 1} at most, or leave nodeset out`);
    }
    if (sizeOf(page) === undefined) {
      const problem = `${shown(attribute(page, 'size') ?? '')} is no size of pages`;
      yield error(page, problem, "write size='1' unit='GiB' or size='2' unit='MiB'");
    }
  }
  for (const { at, label, bytes, pageSize } of partsOf(subject)) {
    if (!pageSize || bytes % pageSize === 0) continue;
    const problem = `${inWords(bytes)} of ${label} are no multiple of its huge pages' ${inWords(pageSize)}`;
    yield error(at, problem, `give a multiple of ${inWords(pageSize)}`);
  }
}

function* pagesFree(subject: Subject): Iterable<Found> {
  const { host } = subject.facts;
  if (!host || subject.running) return;
  const [at] = down(subject.domain, 'memoryBacking', 'hugepages');
  const demands: PageDemand[] = [];
  for (const { at, label, bytes, nodes, ...part } of partsOf(subject)) {
    const pageSize = part.pageSize ?? host.defaultPageSize;
    if (pageSize === undefined || !host.pools.some((pool) => pool.pageSize === pageSize)) {
      const size = pageSize === undefined ? '' : ` of ${inWords(pageSize)}`;
      const has = [...new Set(host.pools.map((pool) => inWords(pool.pageSize)))].join(', ');
      yield unfit(at, `this host has no huge pages${size}`, `choose one of: ${has || 'none'}`);
      return;
    }
    demands.push({ id: label, bytes, pageSize, nodes });
  }
  const lack = shortage(demands, host.pools);
  if (at && lack) yield unfit(at, `${lack.thing}: ${lack.problem}`, lack.remedy);
}

/** Ordinary pages can be swapped, but no guest may be larger than the host. */
function* memoryFree(subject: Subject): Iterable<Found> {
  const { domain, memory, running, facts } = subject;
  const [at] = childrenOf(domain, 'memory');
  const has = facts.host?.memory;
  if (!at || !memory || !has || running || partsOf(subject).length > 0) return;
  if (memory > has.total) {
    const problem = `${inWords(memory)} are more than this host has, ${gib(has.total)}`;
    yield unfit(at, problem, 'give the guest less memory');
  } else if (memory > has.available) {
    const problem = `${inWords(memory)} are more than this host has free, ${gib(has.available)}`;
    yield warning(at, problem, 'stop other guests, or give this one less memory');
  }
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** The parts of the memory that are on huge pages. */
export function partsOf({ domain, memory }: Pick<Subject, 'domain' | 'memory'>): Part[] {
  const [huge] = down(domain, 'memoryBacking', 'hugepages');
  if (!huge) return [];
  const pages = childrenOf(huge, 'page');
  const general = pages.find((page) => attribute(page, 'nodeset') === undefined);
  // Without <page> all memory is on pages of the default size; with some, only what they name.
  const sizeFor = (cell: string): number | undefined | 'ordinary' => {
    const own = pages.find((page) => setOf(attribute(page, 'nodeset')).includes(Number(cell)));
    const page = own ?? general;
    return page ? (sizeOf(page) ?? 'ordinary') : pages.length === 0 ? undefined : 'ordinary';
  };
  const part = (at: Placed, label: string, bytes: number | undefined, cell: string): Part[] => {
    const pageSize = sizeFor(cell);
    if (!bytes || pageSize === 'ordinary') return [];
    return [{ at, label, bytes, pageSize, nodes: nodesFor(domain, cell) }];
  };
  const cells = cellsOf(domain);
  const whole = childrenOf(domain, 'memory')[0];
  const fixed =
    cells.length === 0 && whole
      ? part(whole, 'the memory', memory, '0')
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

/** The host's nodes that a cell's memory must come from; none: any. Source: virDomainNumatuneGetMode. */
function nodesFor(domain: Placed, cell: string): number[] {
  const own = down(domain, 'numatune', 'memnode').find((one) => attribute(one, 'cellid') === cell);
  const [tune] = own ? [own] : down(domain, 'numatune', 'memory');
  // Unsaid is strict.
  if (!tune || (attribute(tune, 'mode') ?? 'strict') !== 'strict') return [];
  return setOf(attribute(tune, 'nodeset'));
}

function setOf(text: string | undefined): number[] {
  return cpuSet(text ?? '') ?? [];
}

/** Powers of two: no processor that QEMU runs on has others. */
function sizeOf(page: Placed): number | undefined {
  const size = bytesOf(attribute(page, 'size') ?? '', attribute(page, 'unit'));
  return size && Number.isInteger(Math.log2(size)) ? size : undefined;
}
