import { childrenOf, type Element } from '../../xml/element.js';

/** Whether a guest boots with UEFI, and so has variables of its own beside its disks. */
export function hasNvram(domain: Element): boolean {
  return childrenOf(domain, 'os').some(
    (os) =>
      // libvirt 5.2 chooses the firmware, and names it at the guest's first start, from 9.2 on in its definition.
      os.attributes.firmware === 'efi' ||
      childrenOf(os, 'nvram').length > 0 ||
      childrenOf(os, 'loader').some(({ attributes }) => attributes.type === 'pflash'),
  );
}
