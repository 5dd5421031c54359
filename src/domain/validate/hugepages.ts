/** Huge pages: compares what the XML asks for with what the host has. */

import { inWords, type PageDemand, shortage } from '../../qemu/memory/pages.js';
import { attribute, childrenOf, down } from '../../xml/element.js';
import { cellsOf, pageSizeOf, partsOf, setOf } from '../read/memory-parts.js';
import { error, type Found, type Rule, shown, unfit, warning } from './finding.js';
import type { Subject } from './subject.js';

export const HUGE_PAGES: readonly Rule[] = [
  { name: 'page-size', check: pageSize },
  { name: 'pages-free', check: pagesFree },
  { name: 'memory-free', check: memoryFree },
];

function* pageSize(subject: Subject): Iterable<Found> {
  const pages = down(subject.domain, 'memoryBacking', 'hugepages', 'page');
  const cells = Math.max(1, cellsOf(subject.domain).length);
  const general = pages.filter((page) => attribute(page, 'nodeset') === undefined);
  for (const page of general.slice(1)) {
    // libvirt: "two master hugepages detected".
    const problem = 'is a second size of pages for all memory';
    yield error(page, problem, "leave one, or write nodeset='0' for the cells that it is for");
  }
  for (const page of pages) {
    const nodeset = attribute(page, 'nodeset');
    if (nodeset !== undefined && !setOf(nodeset).some((cell) => cell < cells)) {
      const problem = `nodeset=${shown(nodeset)} names no cell of the guest's memory`;
      yield error(page, problem, `count from 0, to ${cells - 1} at most, or leave nodeset out`);
    }
    if (pageSizeOf(page) === undefined) {
      const problem = `${shown(attribute(page, 'size') ?? '')} is no size of pages`;
      yield error(page, problem, "write size='1' unit='GiB' or size='2' unit='MiB'");
    }
  }
  for (const { at, label, bytes, pageSize } of partsOf(subject.domain)) {
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
  for (const { at, label, bytes, nodes, ...part } of partsOf(subject.domain)) {
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
  if (!at || !memory || !has || running || partsOf(subject.domain).length > 0) return;
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
