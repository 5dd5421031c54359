/** The MTU that NICs announce to their guests. */
import { NIC_MTU, USUAL_MTU } from '../../values/frame-mtu.js';
import { attribute, childrenOf, type Tree } from '../../xml/element.js';
import type { DomainNic } from './nics.js';
import { whole } from './values.js';

/** The MTU that a NIC announces, as written: libvirt's own, or the one set past it, which wins. */
export function mtuOf<T extends Tree<T>>({ element, hostMtu }: DomainNic<T>): string | undefined {
  return hostMtu ?? attribute(childrenOf(element, 'mtu')[0], 'size');
}

/** A NIC's MTU, if not every switch carries it. */
export function largeMtu<T extends Tree<T>>(nic: DomainNic<T>): number | undefined {
  return whole(mtuOf(nic), USUAL_MTU + 1, NIC_MTU.max);
}
