import type { Guest } from '../../spec/index.js';
import type { Target } from './target.js';

/**
 * The guest's USB controller. Without something on USB none: by default libvirt adds one that polls. xHCI does not
 * poll; QEMU's own is known to libvirt 3.5 at the latest, NEC's to all.
 */
export function usbModel({ tablet, hostdevs }: Guest, target: Target): string {
  const isUsed = tablet === 'usb' || hostdevs.some(({ type }) => type === 'usb');
  return isUsed ? (target.has('3.5') ? 'qemu-xhci' : 'nec-xhci') : 'none';
}
