/** How networks are: what they are attached to, and who is in them. */
import type { Port } from '../contract/types.js';
import { mtuOf } from '../values/frame-mtu.js';
import { networkNicPort, networkPort } from '../values/network-name.js';
import type { Switch } from './host-port.js';
import { type PresentInterface, readInterfaces } from './interfaces.js';
import { type NetworkRecord, networksOf } from './records.js';

/** A network, and how it is. */
export interface NetworkView extends NetworkRecord {
  /**
   * up: what it is attached to is reached; guests: it is attached to nothing, and needs nothing; down: an interface
   * of its path is, or a port's link.
   */
  state:
    | 'up'
    | 'guests'
    | 'waiting'
    | 'no bridge'
    | 'no NIC'
    | 'not in the bridge'
    | 'down'
    | 'in another VLAN';
  /** What its path carries: the least of these; undefined: nothing of it is there. */
  mtu: number | undefined;
  /** MTU of each interface of its path, and what the switch carries (`switch`). */
  mtus: { name: string; mtu: number }[];
  /** The other ports in its VLAN, by name. */
  ports: string[];
}

/** The networks of a switch. @throws as Records.read, Failed */
export async function viewNetworks(
  client: Pick<Switch, 'info' | 'ports'>,
  controlSocket: string,
): Promise<NetworkView[]> {
  const records = networksOf(controlSocket);
  const [ports, present] = [await client.ports(), await readInterfaces()];
  const room = mtuOf((await client.info()).max_frame);
  return records.map((record) => {
    const path = pathOf(record, present);
    const mtus = path.map(({ name, mtu }) => ({ name, mtu }));
    return {
      ...record,
      state: stateOf(record, ports, present),
      mtu: path.length > 0 ? Math.min(room, ...mtus.map(({ mtu }) => mtu)) : undefined,
      mtus: [...mtus, { name: 'switch', mtu: room }],
      ports: membersOf(record, ports),
    };
  });
}

/** Its interfaces that are there. */
function pathOf(
  { interface: own, bridge, nic, nic_interface: onNic }: NetworkRecord,
  present: readonly PresentInterface[],
): PresentInterface[] {
  return present.filter(({ name }) => [own, bridge, nic, onNic].includes(name));
}

/** The networks of a switch, with what the host's side of each carries. @throws Failed without `ip` */
export async function networksWithMtu(
  controlSocket: string,
): Promise<(NetworkRecord & { mtu?: number })[]> {
  const records = networksOf(controlSocket);
  const present = records.length > 0 ? await readInterfaces() : [];
  return records.map((record) => {
    const mtus = pathOf(record, present).map(({ mtu }) => mtu);
    return { ...record, ...(mtus.length > 0 && { mtu: Math.min(...mtus) }) };
  });
}

function stateOf(
  record: NetworkRecord,
  ports: readonly Port[],
  present: readonly PresentInterface[],
): NetworkView['state'] {
  const { name, bridge, nic, interface: own, vlan } = record;
  if (bridge === undefined && nic === undefined) return 'guests';
  if (bridge !== undefined) {
    if (!present.some((one) => one.name === bridge)) return 'no bridge';
    if (present.find((one) => one.name === own)?.master !== bridge) return 'not in the bridge';
  }
  if (nic !== undefined && !present.some((one) => one.name === nic)) return 'no NIC';
  if (pathOf(record, present).some(({ isUp }) => !isUp)) return 'down';
  const its = portsOf(name).flatMap((one) => ports.filter((port) => port.name === one));
  if (its.some((port) => port.vlan !== vlan)) return 'in another VLAN';
  const wanted = bridge !== undefined && nic !== undefined ? 2 : 1;
  if (its.length < wanted) return 'waiting';
  const other = its.find(({ state }) => state !== 'up');
  if (other) return other.state;
  return its.some((port) => port.link_state === 'down') ? 'down' : 'up';
}

/** Names of the ports that a network may have. */
export function portsOf(name: string): string[] {
  return [networkPort(name), networkNicPort(name)];
}

/** The other ports in its VLAN. */
export function membersOf({ name, vlan }: NetworkRecord, ports: readonly Port[]): string[] {
  return ports
    .filter((port) => port.vlan === vlan && !portsOf(name).includes(port.name))
    .map((port) => port.name);
}
