import type { Guest } from '../spec/index.js';
import { type Element, element } from './xml.js';

export function memory({ memory: { bytes } }: Guest): Element[] {
  return [element('memory', { unit: 'KiB' }, String(bytes / 1024))];
}

/**
 * Where the memory comes from. A vhost-user switch maps it, so it must be shared (source and access: libvirt 3.1;
 * memfd 4.10); a guest with private memory would boot without network. Huge pages (page size: 1.2.5) are
 * shareable as they are, and libvirt has QEMU take them all at start. Nothing to say: no element.
 */
export function memoryBacking({ memory: { pageBytes, shared } }: Guest): Element[] {
  const content: Element[] = [];
  if (pageBytes !== undefined) {
    const page = element('page', { size: pageBytes / 1024, unit: 'KiB' });
    content.push(element('hugepages', {}, [page]));
  } else if (shared) content.push(element('source', { type: 'memfd' }));
  if (shared) content.push(element('access', { mode: 'shared' }));
  return content.length === 0 ? [] : [element('memoryBacking', {}, content)];
}
