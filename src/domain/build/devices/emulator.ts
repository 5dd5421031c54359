import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';

/** QEMU's path. Without it, libvirt takes the one it finds for the architecture. */
export function emulator(guest: Guest): Element[] {
  return guest.emulator === undefined ? [] : [element('emulator', {}, guest.emulator)];
}
