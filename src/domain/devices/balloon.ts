import type { Guest } from '../../spec/index.js';
import { type Element, element } from '../xml.js';

/** A balloon shows the guest's memory use to the host. It gives back small pages, so with huge ones it is useless. */
export function balloon({ memory: { pageBytes } }: Guest): Element[] {
  return [element('memballoon', { model: pageBytes === undefined ? 'virtio' : 'none' })];
}
