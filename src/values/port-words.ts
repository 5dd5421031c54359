/** A port in a few words. */
import type { Port } from '../contract/types.js';

/** What a port is. */
export type PortKind = 'vhost-user' | 'interface' | 'device';

export function portKind({ device, interface: own }: Pick<Port, 'device' | 'interface'>): PortKind {
  return device ? 'device' : own ? 'interface' : 'vhost-user';
}

/** Ports of guests are named GUEST.NIC; the end of a relay is named after that. Empty: not a guest's. */
export function guestOfPort(port: Pick<Port, 'device' | 'interface' | 'relay' | 'name'>): string {
  if (portKind(port) !== 'vhost-user' || port.relay) return '';
  return /^(.+)\.[^.]+$/.exec(port.name)?.[1] ?? '';
}

/** VLAN and mode in a few characters: `7`, `trunk 10,20-29`, `native-untagged 7 + all`; or its relay. */
export function vlanText({
  vlan,
  vlan_mode: mode,
  trunks,
  relay,
}: Pick<Port, 'vlan' | 'vlan_mode' | 'trunks' | 'relay'>): string {
  if (relay) return `relay ${relay}`;
  const own = vlan === 0 ? '' : ` ${vlan}`;
  switch (mode) {
    case 'trunk':
      return `trunk ${trunks ?? 'all'}`;
    case 'native-tagged':
    case 'native-untagged':
      return `${mode}${own} + ${trunks ?? 'all'}`;
    case 'transparent':
    case 'per-guest':
      return `${mode}${own}`;
    default:
      return own.trim() || '-';
  }
}
