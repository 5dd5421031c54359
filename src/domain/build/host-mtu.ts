/** Which NICs of a guest announce an MTU past libvirt. */
import type { Guest, Nic } from '../../spec/guest.js';
import { type Announced, mtuAlias } from '../change/override.js';
import { USER_ALIAS } from '../read/alias.js';
import type { Target } from './target.js';

/** What a NIC announces past libvirt; undefined: nothing. */
export function announcedBy(nic: Nic, target: Target): Announced | undefined {
  if (nic.type !== 'vhost-user' || nic.mtu === undefined) return undefined;
  if (!target.has('8.2', 'guests are not told the MTU of NICs on the switch')) return undefined;
  const { mac, team, mtu } = nic;
  return { alias: team === undefined ? mtuAlias(mac) : teamAlias(team), mtu };
}

export function announcedIn({ interfaces }: Guest, target: Target): Announced[] {
  return interfaces.flatMap((nic) => announcedBy(nic, target) ?? []);
}

/** The alias by which the VF of a team finds its other NIC. */
export function teamAlias(team: string): string {
  return `${USER_ALIAS}${team}`;
}
