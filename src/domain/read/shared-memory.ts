/** Whether a switch could map a domain's memory. */

import { attribute, childrenOf, down, type Element, type Tree } from '../../xml/element.js';
import { givenMemory } from './commandline.js';
import { isAllHuge } from './memory-parts.js';

/** A cause of private memory: the element that says so, or should say otherwise, and a text. */
export interface Private<T extends Element> {
  at: T;
  why: string;
  remedy: string;
}

const SHARE = 'write share=on into that object, or let <memoryBacking> say it and take it out';
const MEMFD = "<source type='memfd'/>";
const WHOLE = `<memoryBacking>${MEMFD}<access mode='shared'/></memoryBacking>`;

/**
 * Everything that makes a part of the memory private; empty if a switch can map all of it. A memory
 * device inherits from its cell, a cell from `<access>`. Shared memory is a file whatever `<source>`
 * says. Source: qemuBuildMemoryBackendProps, tried with 9.0.
 */
export function privateMemory<T extends Tree<T>>(domain: T): Private<T>[] {
  const given = givenMemory(domain);
  if (given) return given.trouble ? [{ at: given.at, why: given.trouble, remedy: SHARE }] : [];
  const { of, place } = backingOf(domain);
  const general = of('access').some((one) => attribute(one, 'mode') === 'shared');
  const parts = accesses(domain).filter(({ element }) => !isStorage(element));
  const found: Private<T>[] = [];
  const unsaid = !general && !parts.some(({ of }) => of === 'cell');
  if (unsaid) {
    const why = "<access mode='shared'/> is missing";
    found.push({ at: place('access'), why, remedy: `write ${WHOLE}` });
  }
  // What <access> does not share is reported once.
  const byAccess = general || unsaid ? 'shared' : 'private';
  const cells = parts.flatMap(({ of, element, name }) =>
    of === 'cell' ? (attribute(element, name) ?? byAccess) : [],
  );
  for (const { of, element, name } of parts) {
    const byCell = of === 'cell' ? undefined : cells[nodeOf(element)];
    if ((attribute(element, name) ?? byCell ?? byAccess) === 'shared') continue;
    found.push({ at: element, why: `${name} is not 'shared'`, remedy: `write ${name}='shared'` });
  }
  return found;
}

/**
 * Finds memory without a source: if it is shared, libvirt 9.0 makes it a file in qemu.conf's
 * memory_backing_dir, even for an anonymous source.
 */
export function sourceless<T extends Tree<T>>(domain: T): { at: T; remedy: string } | undefined {
  if (givenMemory(domain)) return undefined;
  const { of, place } = backingOf(domain);
  if (isAllHuge(domain)) return undefined;
  const named = of('source').some((one) =>
    ['memfd', 'file'].includes(attribute(one, 'type') ?? ''),
  );
  return named ? undefined : { at: place('source'), remedy: `write ${MEMFD} in <memoryBacking>` };
}

/** Finds memory that is a file in memory_backing_dir because the domain says so. */
export function filed<T extends Tree<T>>(domain: T): { at: T; remedy: string } | undefined {
  const { of } = backingOf(domain);
  if (isAllHuge(domain)) return undefined;
  const source = of('source').at(-1);
  if (source === undefined || attribute(source, 'type') !== 'file') return undefined;
  const remedy = `write ${MEMFD}, or set memory_backing_dir to a folder on tmpfs, such as /dev/shm`;
  return { at: source, remedy };
}

function backingOf<T extends Tree<T>>(domain: T) {
  const backings = childrenOf(domain, 'memoryBacking');
  const of = (name: string) => backings.flatMap((backing) => childrenOf(backing, name));
  return { of, place: (name: string) => of(name)[0] ?? backings[0] ?? domain };
}

/**
 * Whether a memory device is storage. The guest's NICs do not work in it, so it may be private; shared, the guest's
 * changes would go into its file.
 */
export function isStorage(device: Element): boolean {
  return device.name === 'memory' && attribute(device, 'model') === 'nvdimm';
}

/** Whether a memory device is shared by its own word, its cell's or `<access>`. */
export function isDeviceShared<T extends Tree<T>>(domain: T, device: T): boolean {
  const cell = accesses(domain).find(({ of, index }) => of === 'cell' && index === nodeOf(device));
  const general = backingOf(domain).of('access')[0];
  const said =
    attribute(device, 'access') ??
    (cell && attribute(cell.element, cell.name)) ??
    attribute(general, 'mode');
  return said === 'shared';
}

/** Number of the cell that a memory device is plugged into. */
function nodeOf<T extends Tree<T>>(device: T): number {
  return Number(down(device, 'target', 'node')[0]?.text.trim() || Number.NaN);
}

/** Elements that can say whether a part of the memory is shared; they take precedence over `<access>`. */
export function accesses<T extends Tree<T>>(domain: T) {
  const numa = childrenOf(childrenOf(domain, 'cpu')[0], 'numa')[0];
  const cells = childrenOf(numa, 'cell').map((element, index) => {
    return { of: 'cell' as const, index, element, name: 'memAccess', needed: true };
  });
  // Without the attribute, a memory device inherits from its cell.
  const pluggable = down(domain, 'devices', 'memory').map((element, index) => {
    return { of: 'memory' as const, index, element, name: 'access', needed: false };
  });
  return [...cells, ...pluggable];
}
