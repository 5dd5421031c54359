import { children, readDomain } from '../../xml/read.js';

/** Whether a guest boots with UEFI, and so has variables of its own beside its disks. */
export function hasNvram(xml: string): boolean {
  return children(readDomain(xml), 'os').some(
    (os) =>
      // libvirt 5.2: it chooses the firmware, and names it at the guest's first start.
      os.attributes.firmware === 'efi' ||
      children(os, 'nvram').length > 0 ||
      children(os, 'loader').some(({ attributes }) => attributes.type === 'pflash'),
  );
}
