import { type Element, element } from '../xml.js';

/** Nothing of ours hangs on USB; left unsaid, libvirt adds a controller that polls. */
export function controllers(): Element[] {
  return [element('controller', { type: 'usb', model: 'none' })];
}
