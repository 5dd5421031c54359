import type { Guest } from '../spec/index.js';
import { type Element, element } from './xml.js';

/**
 * What boots. For UEFI libvirt picks the image from QEMU's firmware descriptors (5.2), and keeps the guest's variables.
 */
export function os({ machine, firmware, boot }: Guest): Element[] {
  const content = [element('type', { arch: 'x86_64', machine }, 'hvm')];
  if (boot === undefined) content.push(element('boot', { dev: 'hd' }));
  else {
    content.push(element('kernel', {}, boot.kernel));
    if (boot.initrd !== undefined) content.push(element('initrd', {}, boot.initrd));
    if (boot.cmdline !== undefined) content.push(element('cmdline', {}, boot.cmdline));
  }
  return [element('os', firmware === 'uefi' ? { firmware: 'efi' } : {}, content)];
}
