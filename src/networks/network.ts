/** Networks: a VLAN of the switch, and the Linux bridge or the network card that it is attached to. */
import { createHash } from 'node:crypto';
import { INTERFACE_NAME, VLAN } from '../contract/bounds.js';
import type { Port } from '../contract/types.js';
import { Failed, InvalidInput } from '../values/errors.js';
import {
  isNetworkName,
  NETWORK_NAME,
  networkNicPort,
  networkPort,
} from '../values/network-name.js';
import {
  addHostPort,
  type HostPortPlan,
  planHostPort,
  removeHostPort,
  type Switch,
} from './host-port.js';
import { mustBeBridge, readInterfaces } from './interfaces.js';
import { membersOf, portsOf } from './network-view.js';
import { cardOf } from './nic.js';
import { planNicPort } from './nic-port.js';
import { type NetworkRecord, networkRecords, networksOf } from './records.js';
import { LeftHalfDone, takenBack } from './steps.js';

/** A wanted network. */
export interface NetworkWish {
  name: string;
  /** The Linux bridge to attach it to; without one only guests of the switch are in it. */
  bridge?: string | undefined;
  /** The network of libvirt's whose bridge that is. */
  libvirt?: string | undefined;
  /** Its VLAN on the switch; a free one by default. */
  vlan?: number | undefined;
  /** The network card to attach it to; with `take` it is one of the bridge's. */
  nic?: string | undefined;
  /** Takes the bridge's network card: what is behind it and the bridge then meet in the switch. */
  take?: boolean | undefined;
  /** MTU of the interface in the bridge; the bridge's by default. */
  mtu?: number | undefined;
}

/** What is to be done for a network. */
export interface NetworkPlan {
  record: NetworkRecord;
  /** Its ports: the one in the bridge, before the card's, so that a bridge is without a card for moments only. */
  hostPorts: HostPortPlan[];
  /** Whether there is nothing to do. */
  isThere: boolean;
}

/** Name of an interface of the network: with its name in it, if an interface can have that. */
function interfaceOf(prefix: 'vl' | 'vn', name: string): string {
  const plain = `${prefix}-${name}`;
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
  const nic = wish.take || wish.nic !== undefined ? await cardWanted(wish) : undefined;
  const known = networkRecords.read(name);
  checkKnown({ ...wish, nic }, controlSocket, known);
  const vlan = await vlanOf(client, controlSocket, wish, known);
  const hostPorts: HostPortPlan[] = [];
  const isHostWanted = bridge !== undefined;
  if (isHostWanted) {
    mustBeBridge(bridge, await readInterfaces());
    const own = { name: networkPort(name), interface: interfaceOf('vl', name) };
    hostPorts.push(
      await planHostPort(client, controlSocket, { ...own, bridge, vlan, mtu: wish.mtu }),
    );
  }
  if (nic !== undefined) {
    const own = {
      name: isHostWanted ? networkNicPort(name) : networkPort(name),
      interface: interfaceOf('vn', name),
    };
    const port = { ...own, nic, takeFrom: bridge, vlan };
    hostPorts.push(await planNicPort(client, controlSocket, port));
  }
  const [first, second] = hostPorts.map(({ record }) => record.name);
  const record = {
    ...{ name, control_socket: controlSocket, vlan },
    ...(bridge !== undefined && { bridge }),
    ...(libvirt !== undefined && { libvirt }),
    ...(first !== undefined && { interface: first }),
    ...(nic !== undefined && { nic }),
    ...(second !== undefined && { nic_interface: second }),
  };
  const isThere = known?.vlan === vlan && hostPorts.every(({ steps }) => steps.length === 0);
  return { record, hostPorts, isThere };
}

/** The card that the network is to have. @throws InvalidInput */
async function cardWanted({ name, bridge, nic, take }: NetworkWish): Promise<string> {
  if (bridge === undefined && nic !== undefined && !take) return nic;
  if (bridge === undefined)
    throw taken('--take', 'takes the NIC of a bridge', 'give --bridge, or --nic without it');
  if (!take)
    throw taken('--nic', `is for ${bridge} with --take only`, 'give --take, or one of them');
  const present = await readInterfaces();
  mustBeBridge(bridge, present);
  const known = networkRecords.read(name);
  return nic ?? (known?.bridge === bridge ? known.nic : undefined) ?? cardOf(bridge, present);
}

/** @throws InvalidInput if it is another switch's, or attached to something else, or its bridge has a network */
function checkKnown(
  { name, bridge, libvirt, nic }: NetworkWish,
  controlSocket: string,
  known: NetworkRecord | undefined,
): void {
  if (known && known.control_socket !== controlSocket)
    throw taken(
      name,
      `is a network of the switch at ${known.control_socket}`,
      'choose another name',
    );
  const isOther = known?.bridge !== bridge || known?.libvirt !== libvirt || known?.nic !== nic;
  if (known && isOther)
    throw taken(
      name,
      'is a network already, attached to something else',
      `vmlane network show ${name}`,
    );
  const others = networksOf(controlSocket).filter((one) => one.name !== name);
  const same = others.find((one) => bridge !== undefined && one.bridge === bridge);
  if (same)
    throw taken(`bridge ${bridge}`, `network ${same.name} is attached to it already`, 'use that');
}

/** The wished one, or that which it has, or a free one. @throws InvalidInput */
async function vlanOf(
  client: Pick<Switch, 'ports'>,
  controlSocket: string,
  { name, vlan: wished }: NetworkWish,
  known: NetworkRecord | undefined,
): Promise<number> {
  const others = networksOf(controlSocket);
  const ports = await client.ports();
  // A port of the name is of a network whose record was not written any more.
  const own = ports.find((port) => port.name === networkPort(name));
  const carrier = ports.find(carriesTags);
  if (carrier && wished === undefined && !known && !own) {
    const problem = `port ${carrier.name} of the switch carries other VLANs than its own`;
    throw taken(`network ${name}`, problem, 'choose with --vlan which one the network is there');
  }
  const vlan = wished ?? known?.vlan ?? own?.vlan ?? freeVlan(others, ports);
  const holder = others.find((one) => one.name !== name && one.vlan === vlan);
  if (holder) throw taken(`--vlan ${vlan}`, `it is network ${holder.name}'s`, 'choose another');
  return vlan;
}

/** Carries a plan out, or changes nothing. @throws as addHostPort */
export async function addNetwork(
  client: Switch,
  { record, hostPorts, isThere }: NetworkPlan,
  signal?: AbortSignal,
): Promise<{ changed: boolean }> {
  const before = networkRecords.read(record.name);
  // Before its ports: whatever happens from here on, it can be removed by its name.
  networkRecords.write(record);
  const done: HostPortPlan[] = [];
  try {
    let changed = !isThere;
    for (const plan of hostPorts) {
      const added = await addHostPort(client, plan, signal);
      if (added.isNew) done.push(plan);
      changed ||= added.changed;
    }
    return { changed };
  } catch (error) {
    throw await takenBack(error, async () => {
      for (const { request } of done.reverse())
        await removeHostPort(client, record.control_socket, request.name);
      if (before) networkRecords.write(before);
      else if (!(error instanceof LeftHalfDone)) networkRecords.remove(record.name);
    });
  }
}

/** A network's port is changed and removed with it. @throws InvalidInput */
export function mustBeNoNetworks(controlSocket: string, port: string): void {
  const network = networksOf(controlSocket).find(({ name }) => portsOf(name).includes(port));
  if (!network) return;
  const problem = `it is the port of network ${network.name}`;
  throw taken(`port ${port}`, problem, `see 'vmlane network show ${network.name}'`);
}

/**
 * Removes a network, with its ports and interfaces; a network card is back where it was. Ports of guests that are in it stay, and lose it.
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
  // The card first: until it is back in its bridge, the other one leads to it.
  for (const port of portsOf(name).reverse()) await removeHostPort(client, controlSocket, port);
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
