/** Whose addresses a NIC's guest may send from. */
import { attribute, childrenOf, type Element } from '../../xml/element.js';
import type { DomainNic } from './nics.js';
import type { PortSettings } from './port-settings.js';

/** libvirt's attribute of an `<interface>` whose guest may use other addresses than its MAC (1.2.10). */
export const TRUST = 'trustGuestRxFilters';

/** Settings of a NIC's port. */
export interface NicSettings extends PortSettings {
  /** Absent if libvirt will choose one at define. */
  mac?: string;
}

/** What `<metadata>` says of a NIC's port, with its MAC, and `pinned` if its port is to have an own address. */
export function nicSettings(
  { element, mac }: Pick<DomainNic, 'element' | 'mac'>,
  kept: PortSettings = {},
): NicSettings {
  const { pinned: _, ...others } = kept;
  const pinned = isPinned(element, kept);
  return {
    ...others,
    ...(mac !== undefined && { mac }),
    ...(pinned !== undefined && { pinned }),
  };
}

/**
 * Whether a NIC's guest may send from its MAC only: yes, unless `<metadata>` or libvirt's attribute says
 * otherwise. Undefined for a NIC of a team: its guest sends from that MAC on the VF, too, so it is not the
 * port's own.
 */
function isPinned(nic: Element, { pinned }: PortSettings): boolean | undefined {
  if (pinned === true) return true;
  if (childrenOf(nic, 'teaming').length > 0) return undefined;
  return pinned ?? attribute(nic, TRUST) !== 'yes';
}
