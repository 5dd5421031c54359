/** Whether a switch could map a domain's memory. */

import { attribute, childrenOf, type Placed } from '../xml/scan.js';
import { accesses } from './convert/memory.js';
import { isWrapper } from './inspect.js';

/** What keeps memory private: the element that says so, or should say otherwise, and in words. */
export interface Private {
  at: Placed;
  why: string;
  remedy: string;
}

const MEMFD = "<source type='memfd'/>";
const WHOLE = `<memoryBacking>${MEMFD}<access mode='shared'/></memoryBacking>`;

/**
 * Everything that keeps a part of the memory from being shared; empty: a switch can map all of it.
 * A memory device that does not say does as its cell, a cell that does not say as `<access>`. What is
 * shared is a file whatever `<source>` says. Source: qemuBuildMemoryBackendProps, tried with 9.0.
 */
export function privateMemory(domain: Placed): Private[] {
  const { of, place } = backingOf(domain);
  const general = of('access').some((one) => attribute(one, 'mode') === 'shared');
  const parts = accesses(domain);
  const found: Private[] = [];
  const unsaid = !general && !parts.some(({ of }) => of === 'cell');
  if (unsaid) {
    const why = "<access mode='shared'/> is missing";
    found.push({ at: place('access'), why, remedy: `write ${WHOLE}` });
  }
  // What <access> does not share is told once.
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
 * Where the memory names no source: if it is shared, libvirt 9.0 makes it a file in qemu.conf's
 * memory_backing_dir, also where it calls it anonymous.
 */
export function sourceless(domain: Placed): { at: Placed; remedy: string } | undefined {
  const { of, place } = backingOf(domain);
  if (of('hugepages').length > 0) return undefined;
  const named = of('source').some((one) =>
    ['memfd', 'file'].includes(attribute(one, 'type') ?? ''),
  );
  return named ? undefined : { at: place('source'), remedy: `write ${MEMFD} in <memoryBacking>` };
}

function backingOf(domain: Placed) {
  const backings = childrenOf(domain, 'memoryBacking');
  const of = (name: string) => backings.flatMap((backing) => childrenOf(backing, name));
  return { of, place: (name: string) => of(name)[0] ?? backings[0] ?? domain };
}

/** Number of the cell that a memory device is plugged into. */
function nodeOf(device: Placed): number {
  const [target] = childrenOf(device, 'target');
  return Number(childrenOf(target, 'node')[0]?.text.trim() || Number.NaN);
}

/** Whether qemu-wrap is the emulator: it shares the memory, without libvirt's knowledge. */
export function isWrapped(domain: Placed): boolean {
  return childrenOf(domain, 'devices')
    .flatMap((devices) => childrenOf(devices, 'emulator'))
    .some(({ text }) => isWrapper(text));
}
