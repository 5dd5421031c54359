import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';

/** Nothing of ours hangs on USB; left unsaid, libvirt adds a controller that polls. SCSI disks want virtio's. */
export function controllers({ disks }: Guest): Element[] {
  const scsi = disks.some(({ bus }) => bus === 'scsi');
  return [
    element('controller', { type: 'usb', model: 'none' }),
    ...(scsi ? [element('controller', { type: 'scsi', model: 'virtio-scsi' })] : []),
  ];
}
