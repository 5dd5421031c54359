import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';
import type { Target } from '../target.js';
import { usbModel } from '../usb.js';

/** USB or none; SCSI disks need virtio's controller. */
export function controllers(guest: Guest, target: Target): Element[] {
  const scsi = guest.disks.some(({ bus }) => bus === 'scsi');
  return [
    element('controller', { type: 'usb', model: usbModel(guest, target) }),
    ...(scsi ? [element('controller', { type: 'scsi', model: 'virtio-scsi' })] : []),
  ];
}
