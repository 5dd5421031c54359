import type { Guest } from '../../../spec/index.js';
import { type Element, element } from '../../../xml/build.js';

/** QEMU's path. Left out, libvirt takes the one it finds for the architecture. */
export function emulator(guest: Guest): Element[] {
  return guest.emulator === undefined ? [] : [element('emulator', {}, guest.emulator)];
}
