import type { Guest } from '../../spec/index.js';
import { cpuSetText } from '../../values/cpu-set.js';
import { element } from '../../xml/build.js';
import type { Element } from '../../xml/element.js';
import type { Target } from './target.js';

/** With NVDIMMs, as libvirt counts it. */
export function memory(guest: Guest): Element[] {
  return [element('memory', { unit: 'KiB' }, String(allBytes(guest) / 1024))];
}

/** Slots for NVDIMMs: as many as there are, and no room for more. */
export function maxMemory(guest: Guest): Element[] {
  const { length: slots } = guest.nvdimms;
  if (slots === 0) return [];
  return [element('maxMemory', { slots, unit: 'KiB' }, String(allBytes(guest) / 1024))];
}

function allBytes({ memory: { bytes }, nvdimms }: Guest): number {
  return nvdimms.reduce((sum, one) => sum + one.bytes, bytes);
}

/** What the balloon leaves the guest when it starts. */
export function currentMemory({ memory: { currentBytes } }: Guest): Element[] {
  if (currentBytes === undefined) return [];
  return [element('currentMemory', { unit: 'KiB' }, String(currentBytes / 1024))];
}

/**
 * Where the memory comes from. A vhost-user switch maps it, so it must be shared (source and access: libvirt 3.1;
 * memfd 4.10); a guest with private memory would boot without network. Huge pages (page size: 1.2.5) need no
 * source to be shareable, and libvirt has QEMU allocate them all at start. No element if the defaults will do.
 */
export function memoryBacking(
  { memory: { pageBytes, shared, locked } }: Guest,
  target: Target,
): Element[] {
  const content: Element[] = [];
  if (pageBytes !== undefined) {
    const page = element('page', { size: pageBytes / 1024, unit: 'KiB' });
    content.push(element('hugepages', {}, [page]));
  }
  if (locked) content.push(element('locked'));
  if (shared && pageBytes === undefined) {
    const memfd = target.has('4.10', "the memory is a file in libvirt's memory_backing_dir");
    content.push(element('source', { type: memfd ? 'memfd' : 'file' }));
  }
  if (shared) content.push(element('access', { mode: 'shared' }));
  return content.length === 0 ? [] : [element('memoryBacking', {}, content)];
}

/** The host's NUMA nodes (memnode: 1.2.7). One mode for all of them: libvirt forbids mixing. */
export function numatune({ memory: { nodes, placement: mode }, cells }: Guest): Element[] {
  const bound = cells.flatMap(({ node }, cellid) =>
    node === undefined ? [] : [{ cellid, mode, nodeset: String(node) }],
  );
  const all = nodes.length > 0 ? nodes : [...new Set(bound.map(({ nodeset }) => Number(nodeset)))];
  if (all.length === 0) return [];
  const nodeset = cpuSetText(all);
  return [
    element('numatune', {}, [
      element('memory', { mode, nodeset }),
      ...bound.map((one) => element('memnode', one)),
    ]),
  ];
}
