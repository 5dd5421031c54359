/** The MTU that NICs announce to their guests. */
import { USUAL_MTU } from '../../values/frame-mtu.js';
import { attribute, childrenOf, type Tree } from '../../xml/element.js';
import type { DomainNic } from './nics.js';
import { whole } from './values.js';

/** A NIC's MTU, if not every switch carries it. */
export function largeMtu<T extends Tree<T>>({ element }: DomainNic<T>): number | undefined {
  const [mtu] = childrenOf(element, 'mtu');
  return whole(attribute(mtu, 'size'), USUAL_MTU + 1, 65_535);
}
