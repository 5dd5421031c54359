/** Networks: a VLAN of the switch, and the Linux bridge that it is attached to. */
import { createHash } from 'node:crypto';
import { INTERFACE_NAME, VLAN } from '../contract/bounds.js';
import type { Port } from '../contract/types.js';
import { Failed, InvalidInput } from '../values/errors.js';
import { isNetworkName, NETWORK_NAME, networkPort } from '../values/network-name.js';
import {
  addHostPort,
  type HostPortPlan,
  planHostPort,
  removeHostPort,
  type Switch,
} from './host-port.js';
import { mustBeBridge, type PresentInterface, readInterfaces } from './interfaces.js';
import { type NetworkRecord, networkRecords, networksOf } from './records.js';

/** A wanted network. */
export interface NetworkWish {
  name: string;
  /** The Linux bridge to attach it to; without one only guests of the switch are in it. */
  bridge?: string | undefined;
  /** The network of libvirt's whose bridge that is. */
  libvirt?: string | undefined;
  /** Its VLAN on the switch; a free one by default. */
  vlan?: number | undefined;
  /** MTU of the interface in the bridge; the bridge's by default. */
  mtu?: number | undefined;
}

/** What is to be done for a network; `hostPort` is undefined without a bridge. */
export interface NetworkPlan {
  record: NetworkRecord;
  hostPort: HostPortPlan | undefined;
  /** Whether there is nothing to do. */
  isThere: boolean;
}

/** Name of the interface in the network's bridge: the network's, if an interface can have it. */
function interfaceOf(name: string): string {
  const plain = `vl-${name}`;
  if (plain.length <= INTERFACE_NAME.max) return plain;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 4);
  return `${plain.slice(0, INTERFACE_NAME.max - 5)}-${digest}`;
}

/** @throws InvalidInput for what cannot be; otherwise as planHostPort. Changes nothing. */
export async function planNetwork(
  client: Pick<Switch, 'info' | 'hello' | 'ports'>,
  controlSocket: string,
  wish: NetworkWish,
): Promise<NetworkPlan> {
  const { name, bridge, libvirt } = wish;
  checkName(name);
  const others = networksOf(controlSocket);
  const known = networkRecords.read(name);
  if (known && known.control_socket !== controlSocket)
    throw taken(
      name,
      `is a network of the switch at ${known.control_socket}`,
      'choose another name',
    );
  if (known && (known.bridge !== bridge || known.libvirt !== libvirt))
    throw taken(
      name,
      'is a network already, attached to something else',
      `vmlane network show ${name}`,
    );
  const same = others.find((one) => one.name !== name && bridge && one.bridge === bridge);
  if (same)
    throw taken(`bridge ${bridge}`, `network ${same.name} is attached to it already`, 'use that');
  const ports = await client.ports();
  // A port of the name is of a network whose record was not written any more.
  const own = ports.find((port) => port.name === networkPort(name));
  const carrier = ports.find(carriesTags);
  if (carrier && wish.vlan === undefined && !known && !own) {
    const problem = `port ${carrier.name} of the switch carries other VLANs than its own`;
    throw taken(`network ${name}`, problem, 'choose with --vlan which one the network is there');
  }
  const vlan = wish.vlan ?? known?.vlan ?? own?.vlan ?? freeVlan(others, ports);
  const holder = others.find((one) => one.name !== name && one.vlan === vlan);
  if (holder) throw taken(`--vlan ${vlan}`, `it is network ${holder.name}'s`, 'choose another');
  const record = { name, control_socket: controlSocket, vlan };
  if (bridge === undefined) return { record, hostPort: undefined, isThere: known?.vlan === vlan };
  const present = await readInterfaces();
  mustBeBridge(bridge, present);
  const hostPort = await planHostPort(client, controlSocket, {
    ...{ name: networkPort(name), interface: interfaceOf(name), bridge, vlan, mtu: wish.mtu },
  });
  const attached = { ...record, bridge, interface: hostPort.record.name };
  return {
    record: { ...attached, ...(libvirt !== undefined && { libvirt }) },
    hostPort,
    isThere: known?.vlan === vlan && hostPort.steps.length === 0,
  };
}

/** Carries a plan out, or changes nothing. @throws as addHostPort */
export async function addNetwork(
  client: Switch,
  { record, hostPort, isThere }: NetworkPlan,
  signal?: AbortSignal,
): Promise<{ changed: boolean }> {
  const before = networkRecords.read(record.name);
  // Before its port: whatever happens from here on, it can be removed by its name.
  networkRecords.write(record);
  try {
    const added = hostPort && (await addHostPort(client, hostPort, signal));
    return { changed: !isThere || added?.changed === true };
  } catch (error) {
    if (before) networkRecords.write(before);
    else networkRecords.remove(record.name);
    throw error;
  }
}

/** A network, and how it is. */
export interface NetworkView extends NetworkRecord {
  /** up: what is behind the bridge is reached; guests: it has no bridge, and needs none. */
  state: 'up' | 'guests' | 'waiting' | 'no bridge' | 'not in the bridge' | 'in another VLAN';
  mtu: number | undefined;
  /** The other ports in its VLAN, by name. */
  ports: string[];
}

/** The networks of a switch. @throws as Records.read, Failed */
export async function viewNetworks(
  client: Pick<Switch, 'ports'>,
  controlSocket: string,
): Promise<NetworkView[]> {
  const records = networksOf(controlSocket);
  const [ports, present] = [await client.ports(), await readInterfaces()];
  return records.map((record) => ({
    ...record,
    state: stateOf(record, ports, present),
    mtu: present.find(({ name }) => name === record.interface)?.mtu,
    ports: membersOf(record, ports),
  }));
}

function stateOf(
  { name, bridge, interface: own, vlan }: NetworkRecord,
  ports: readonly Port[],
  present: readonly PresentInterface[],
): NetworkView['state'] {
  if (bridge === undefined) return 'guests';
  if (!present.some((one) => one.name === bridge)) return 'no bridge';
  if (present.find((one) => one.name === own)?.master !== bridge) return 'not in the bridge';
  const port = ports.find((one) => one.name === networkPort(name));
  if (port && port.vlan !== vlan) return 'in another VLAN';
  return port?.state ?? 'waiting';
}

/** A network's port is changed and removed with it. @throws InvalidInput */
export function mustBeNoNetworks(controlSocket: string, port: string): void {
  const network = networksOf(controlSocket).find(({ name }) => networkPort(name) === port);
  if (!network) return;
  const problem = `it is the port of network ${network.name}`;
  throw taken(`port ${port}`, problem, `see 'vmlane network show ${network.name}'`);
}

function membersOf({ name, vlan }: NetworkRecord, ports: readonly Port[]): string[] {
  return ports
    .filter((port) => port.vlan === vlan && port.name !== networkPort(name))
    .map((port) => port.name);
}

/**
 * Removes a network, with its port and its interface. Ports of guests that are in it stay, and lose it.
 * @throws InvalidInput if there is none of this name, or guests are in it and `force` is not set; Failed
 */
export async function removeNetwork(
  client: Switch,
  controlSocket: string,
  name: string,
  { force = false } = {},
): Promise<{ changed: boolean }> {
  const record = networkRecords.read(name);
  if (record?.control_socket !== controlSocket) return { changed: false };
  const members = membersOf(record, await client.ports());
  if (members.length > 0 && !force) {
    const problem = `ports are in it: ${members.slice(0, 8).join(', ')}`;
    const remedy = 'take their guests out first, or give --force: they lose their network';
    throw new InvalidInput({ thing: `network ${name}`, problem, remedy });
  }
  if (process.geteuid?.() !== 0) {
    const problem = 'only root can remove it';
    throw new Failed({ thing: `network ${name}`, problem, remedy: 'run this as root' });
  }
  if (record.interface !== undefined)
    await removeHostPort(client, controlSocket, networkPort(name));
  networkRecords.remove(name);
  return { changed: true };
}

/** Whether a port, a device or a trunk, carries VLANs by their tags. */
function carriesTags({ vlan_mode: mode = 'access' }: Port): boolean {
  return mode !== 'access' && mode !== 'transparent';
}

/** From the end: people number theirs from the beginning. */
function freeVlan(networks: readonly NetworkRecord[], ports: readonly Port[]): number {
  const used = new Set([...networks, ...ports].map(({ vlan }) => vlan));
  for (let vlan: number = VLAN.max; vlan > 0; vlan--) if (!used.has(vlan)) return vlan;
  throw new Failed({
    thing: 'VLANs',
    problem: `all ${VLAN.max} are in use`,
    remedy: 'remove a network or a port',
  });
}

function checkName(name: string): void {
  if (isNetworkName(name)) return;
  const problem = 'no network can have this name';
  throw new InvalidInput({
    thing: `network ${name}`,
    problem,
    remedy: `give ${NETWORK_NAME.want}`,
  });
}

function taken(thing: string, problem: string, remedy: string): InvalidInput {
  return new InvalidInput({ thing, problem, remedy });
}
