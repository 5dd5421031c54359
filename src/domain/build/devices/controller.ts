import type { Guest } from '../../../spec/index.js';
import { element } from '../../../xml/build.js';
import type { Element } from '../../../xml/element.js';

/** No USB, which we do not use: by default libvirt adds a controller that polls. SCSI disks need virtio's. */
export function controllers({ disks }: Guest): Element[] {
  const scsi = disks.some(({ bus }) => bus === 'scsi');
  return [
    element('controller', { type: 'usb', model: 'none' }),
    ...(scsi ? [element('controller', { type: 'scsi', model: 'virtio-scsi' })] : []),
  ];
}
