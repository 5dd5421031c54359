/** The label by which the kernel tells a guest's QEMU from others. */
import { isPeerLabel } from '../../values/peer-label.js';
import { attribute, childrenOf, type Element } from '../../xml/element.js';

/** The models that are security modules of the kernel; `dac` is users and groups. */
const MODULES = ['apparmor', 'selinux'];

/**
 * The label that libvirt gives QEMU. Undefined for none: a domain that is off, unless its label is static,
 * has none yet; and for one that a port cannot have, such as a profile with blanks in its name.
 */
export function securityLabelOf(domain: Element): string | undefined {
  return childrenOf(domain, 'seclabel')
    .filter(
      (one) => MODULES.includes(attribute(one, 'model') ?? '') && attribute(one, 'type') !== 'none',
    )
    .flatMap((one) => childrenOf(one, 'label').map(({ text }) => text.trim()))
    .find(isPeerLabel);
}
