import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';

/**
 * A balloon shows the guest's memory use to the host. It gives back small pages, so it is useless with huge pages,
 * and with a VF, for which all memory is pinned.
 */
export function balloon({ memory: { pageBytes }, interfaces }: Guest): Element[] {
  const pinned = interfaces.some(({ type }) => type === 'vf' || type === 'vf-pool');
  return [element('memballoon', { model: pinned || pageBytes !== undefined ? 'none' : 'virtio' })];
}
