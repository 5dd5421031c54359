/**
 * Elements that give a NIC on the switch its MTU, past libvirt: that starts no `<interface type='vhostuser'>` with
 * `<mtu>`, as it would set the MTU of a device on the host, and there is none (9.0 and 11.3). QEMU itself announces it.
 */
import { element } from '../../xml/build.js';
import type { Element } from '../../xml/element.js';
import { USER_ALIAS } from '../read/alias.js';
import { HOST_MTU } from '../read/override.js';

/** A NIC by its alias, and the MTU that it is to announce. */
export interface Announced {
  alias: string;
  mtu: number;
}

/** An alias for a NIC without one; `id`: its MAC, or what else it is known by. */
export function mtuAlias(id: string): string {
  return `${USER_ALIAS}vmlane-${id.replace(/:/g, '')}`;
}

/** The whole override, with its namespace or not, if the domain has it. `prefix` has its colon. */
export function override(nics: readonly Announced[], prefix = 'qemu:', namespace = {}): Element {
  const devices = nics.map((nic) => overriddenDevice(nic, prefix));
  return element(`${prefix}override`, namespace, devices);
}

export function overriddenDevice(nic: Announced, prefix: string): Element {
  return element(`${prefix}device`, { alias: nic.alias }, [overriddenFrontend(nic, prefix)]);
}

export function overriddenFrontend(nic: Announced, prefix: string): Element {
  return element(`${prefix}frontend`, {}, [overriddenMtu(nic, prefix)]);
}

export function overriddenMtu({ mtu }: Announced, prefix: string): Element {
  return element(`${prefix}property`, { name: HOST_MTU, type: 'unsigned', value: mtu });
}
