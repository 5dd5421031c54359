import type { Vf } from '../system/devices/vfs.js';
import type { PciFunction } from '../values/devices.js';

export { VFIO } from '../values/devices.js';

/** A VF's link: as the PF's, or up or down whatever that is. */
export const LINK_STATES = ['auto', 'enable', 'disable'] as const;
export type LinkState = (typeof LINK_STATES)[number];

/** A function's name for users: its network interface, else its address. */
export function nameOf({ nets, address }: Pick<PciFunction, 'nets' | 'address'>): string {
  return nets[0]?.name ?? address;
}

/** `VF 3 (0000:01:10.6)` */
export function vfName({ index, address }: Vf): string {
  return `VF ${index} (${address})`;
}
