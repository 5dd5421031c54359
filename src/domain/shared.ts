/** Whether a switch could map a domain's memory. */
import { accesses } from './convert/memory.js';
import { isWrapper } from './inspect.js';
import { attribute, childrenOf, type Placed } from './markup.js';

/** What keeps memory private: the element that says so, or should say otherwise, and in words. */
export interface Private {
  at: Placed;
  why: string;
  remedy: string;
}

const WHOLE = "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>";

/**
 * Everything that keeps a part of the memory from being shared; empty: a switch can map all of it.
 * A cell or a memory device that does not say does as `<access>` says (libvirt 3.1). Anonymous
 * memory has no descriptor to hand over.
 */
export function privateMemory(domain: Placed): Private[] {
  const backings = childrenOf(domain, 'memoryBacking');
  const of = (name: string) => backings.flatMap((backing) => childrenOf(backing, name));
  const place = (name: string) => of(name)[0] ?? backings[0] ?? domain;
  const named =
    of('hugepages').length > 0 ||
    of('source').some((one) => ['memfd', 'file'].includes(attribute(one, 'type') ?? ''));
  const shared = of('access').some((one) => attribute(one, 'mode') === 'shared');
  const found: Private[] = [];
  if (!named) {
    const why = 'it is in no memfd, file or huge page';
    found.push({ at: place('source'), why, remedy: `write ${WHOLE}` });
  }
  const parts = accesses(domain);
  const unsaid = !shared && !parts.some(({ of }) => of === 'cell');
  if (unsaid) {
    const why = "<access mode='shared'/> is missing";
    found.push({ at: place('access'), why, remedy: `write ${WHOLE}` });
  }
  for (const { element, name } of parts) {
    // What <access> does not share is told once.
    const access = attribute(element, name) ?? (shared || unsaid ? 'shared' : 'private');
    if (access === 'shared') continue;
    found.push({ at: element, why: `${name} is not 'shared'`, remedy: `write ${name}='shared'` });
  }
  return found;
}

/** Whether qemu-wrap is the emulator: it shares the memory, without libvirt's knowledge. */
export function isWrapped(domain: Placed): boolean {
  return childrenOf(domain, 'devices')
    .flatMap((devices) => childrenOf(devices, 'emulator'))
    .some(({ text }) => isWrapper(text));
}
