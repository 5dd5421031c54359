import type { BootDevice, Guest, UefiFirmware } from '../../spec/index.js';
import { element } from '../../xml/build.js';
import type { Element } from '../../xml/element.js';
import type { Target } from './target.js';

const DEVICES: Record<BootDevice, string> = { disk: 'hd', cdrom: 'cdrom', network: 'network' };

/** Machine type, firmware and boot order. */
export function os({ machine, firmware, boot, bootFrom }: Guest, target: Target): Element[] {
  const content = [element('type', { arch: 'x86_64', machine }, 'hvm')];
  let automatic = false;
  if (firmware.type === 'uefi') {
    automatic = firmware.loader === undefined;
    content.push(...(automatic ? chosen(firmware, target) : named(firmware)));
  }
  if (boot !== undefined) {
    content.push(element('kernel', {}, boot.kernel));
    if (boot.initrd !== undefined) content.push(element('initrd', {}, boot.initrd));
    if (boot.cmdline !== undefined) content.push(element('cmdline', {}, boot.cmdline));
  }
  content.push(...bootFrom.map((kind) => element('boot', { dev: DEVICES[kind] })));
  return [element('os', automatic ? { firmware: 'efi' } : {}, content)];
}

/** libvirt picks the image from QEMU's firmware descriptors (5.2), and keeps the guest's variables. */
function chosen({ secureBoot }: UefiFirmware, target: Target): Element[] {
  target.need('5.2', 'firmware uefi', 'give firmware.loader and firmware.variables');
  if (!secureBoot) return [];
  target.need('7.2', 'firmware.secureBoot', 'give firmware.loader and firmware.variables');
  const features = ['enrolled-keys', 'secure-boot'].map((name) =>
    element('feature', { enabled: 'yes', name }),
  );
  return [element('firmware', {}, features)];
}

function named({ loader = '', variables, secureBoot }: UefiFirmware): Element[] {
  const secure = secureBoot ? 'yes' : 'no';
  const image = element('loader', { readonly: 'yes', secure, type: 'pflash' }, loader);
  return [image, ...(variables === undefined ? [] : [element('nvram', { template: variables })])];
}
