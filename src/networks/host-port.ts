/** Interfaces of the host as ports of the switch: made, kept over restarts, taken away. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { PORT_SETTINGS } from '../contract/bounds.js';
import type { Port, PortRequest } from '../contract/types.js';
import { type SwitchClient, valuesOf } from '../switch/index.js';
import { lookAt } from '../system/look/index.js';
import { Failed, InvalidInput } from '../values/errors.js';
import { mtuOf as mtuOfFrame, USUAL_MTU } from '../values/frame-mtu.js';
import { INTERFACE_NAME_WANTED, isInterfaceName } from '../values/interface-name.js';
import {
  mustBeBridge,
  type PresentInterface,
  plainAddress,
  planInterface,
  planRemoval,
  readInterfaces,
} from './interfaces.js';
import { isOfNic, planNicBack } from './nic.js';
import { ownerOf } from './owner.js';
import { cidr, type InterfaceRecord, interfaceRecords, interfacesOf } from './records.js';
import { carryOut, type InterfaceStep, LeftHalfDone, takenBack } from './steps.js';

/** A wanted port, and the interface that it is; further settings as for port.add. */
export interface HostPortWish extends Omit<PortRequest, 'path' | 'listener' | 'interface'> {
  /** The interface's name; the port's by default. */
  interface?: string | undefined;
  /** As `192.0.2.1/24`. */
  addresses?: readonly string[] | undefined;
  /** Bytes; 1500 by default. */
  mtu?: number | undefined;
  /** The Linux bridge that the interface is put into. */
  bridge?: string | undefined;
}

/** A port to be added: the steps come first. */
export interface HostPortPlan {
  steps: InterfaceStep[];
  request: PortRequest;
  record: InterfaceRecord;
}

export type Switch = Pick<SwitchClient, 'info' | 'hello' | 'ports' | 'addPort' | 'removePort'>;

/**
 * What is to be done for a port of the host; nothing is changed. What is not said of one that is there stays.
 * @throws InvalidInput for what cannot be, Failed if the switch's process cannot be seen
 */
export async function planHostPort(
  client: Pick<Switch, 'info' | 'hello'>,
  controlSocket: string,
  wish: HostPortWish,
): Promise<HostPortPlan> {
  const { interface: named, addresses, mtu, bridge: wished, ...request } = wish;
  const name = named ?? wish.name;
  checkName(name, named === undefined);
  for (const address of addresses ?? []) checkAddress(address);
  const known = interfaceRecords.read(name);
  const present = await readInterfaces();
  checkTaken({ name, port: wish.name, controlSocket }, known, present);
  const bridge = wished ?? known?.bridge;
  if (bridge !== undefined) {
    mustBeBridge(bridge, present);
    checkBridge(name, bridge, controlSocket);
  }
  const record: InterfaceRecord = {
    ...{ name, port: wish.name, control_socket: controlSocket },
    mac: macOf(name, bridge !== undefined),
    mtu: mtuOf((await client.info()).max_frame, mtu ?? known?.mtu, bridge, present),
    addresses: (addresses ?? known?.addresses ?? []).map(plainAddress),
    ...(bridge !== undefined && { bridge }),
    settings: known?.settings ?? {},
  };
  // Behind a bridge is a whole network; without one there is this host alone.
  const usual =
    bridge === undefined
      ? { mac: record.mac, other_macs: 0 }
      : { address_limit: PORT_SETTINGS.address_limit.max };
  return {
    steps: planInterface(record, ownerOf(client), present),
    request: { ...usual, ...known?.settings, ...request, path: '', interface: name },
    record,
  };
}

/** Whose an interface is to be: a port's, and a card's if it is a macvtap. */
interface Taker {
  name: string;
  port: string;
  controlSocket: string;
  nic?: string;
}

/** @throws InvalidInput for an interface that is another port's or card's, or not vmlane's */
export function checkTaken(
  { name, port, controlSocket, nic }: Taker,
  known: InterfaceRecord | undefined,
  present: readonly PresentInterface[],
): void {
  if (known && (known.port !== port || known.control_socket !== controlSocket)) {
    const problem = `this interface is port ${known.port} of the switch at ${known.control_socket}`;
    throw new InvalidInput({ thing: name, problem, remedy: 'choose another name' });
  }
  if (known && known.nic !== nic) {
    const is = known.nic === undefined ? 'a tap' : `that of NIC ${known.nic}`;
    throw new InvalidInput({
      thing: name,
      problem: `this interface is ${is}`,
      remedy: 'choose another name',
    });
  }
  const there = present.find((one) => one.name === name);
  if (known || !there) return;
  if (nic !== undefined) {
    const problem = 'this interface is there already';
    throw new InvalidInput({ thing: name, problem, remedy: 'choose another name' });
  }
  if (!there.isTap) return; // planInterface says what it is
  // Removing the port would remove somebody else's.
  const problem = 'this tap is there already, and vmlane has not made it';
  const remedy = `choose another name, or remove it: ip link del dev ${name}`;
  throw new InvalidInput({ thing: name, problem, remedy });
}

/** Two of a switch's interfaces in one bridge are a loop, and neither side has to break it. @throws InvalidInput */
function checkBridge(name: string, bridge: string, controlSocket: string): void {
  const other = interfacesOf(controlSocket).find(
    (one) => one.name !== name && one.bridge === bridge,
  );
  if (!other) return;
  const problem = `port ${other.port} is in it already; a second one would make a loop`;
  throw new InvalidInput({ thing: `bridge ${bridge}`, problem, remedy: 'use that one' });
}

/** An interface with a lower MTU would lower its bridge's, so that is taken over. @throws InvalidInput for too much */
function mtuOf(
  maxFrame: number,
  wished: number | undefined,
  bridge: string | undefined,
  present: readonly PresentInterface[],
): number {
  const room = mtuOfFrame(maxFrame);
  const mtu = wished ?? present.find(({ name }) => name === bridge)?.mtu ?? USUAL_MTU;
  if (mtu <= room) return mtu;
  const remedy =
    'start the switch with --mergeable, which carries larger frames, or give a lower --mtu';
  throw new InvalidInput({
    thing: wished === undefined ? `bridge ${bridge}` : `--mtu ${mtu}`,
    problem: `the switch carries an MTU of ${room} at most, and not ${mtu}`,
    remedy: wished === undefined ? `${remedy}: it becomes the bridge's, too` : remedy,
  });
}

/** The result for a port of the host. */
export interface HostPortAdded {
  changed: boolean;
  /** Whether the switch had no such port. */
  isNew: boolean;
  port: Port;
}

/** Makes the interface and adds the port, or changes nothing. @throws as planHostPort and SwitchClient.addPort */
export async function addHostPort(
  client: Switch,
  plan: HostPortPlan,
  signal?: AbortSignal,
): Promise<HostPortAdded> {
  const { steps, request, record } = plan;
  const before = interfaceRecords.read(record.name);
  const was = (await client.ports()).some(({ name }) => name === request.name);
  let undo = async () => {};
  try {
    // Before anything is done: even if this process is killed, it can all be taken back by the port's name.
    interfaceRecords.write(record);
    undo = await carryOut(steps, signal);
    const added = await client.addPort(request);
    const kept = { ...record, settings: settingsOf(added.port) };
    interfaceRecords.write(kept);
    const changed = added.changed || steps.length > 0 || !isDeepStrictEqual(kept, before);
    return { changed, isNew: !was, port: added.port };
  } catch (error) {
    throw await takenBack(error, async () => {
      try {
        // Its answer may have been lost.
        if (!was) await client.removePort(request.name);
      } finally {
        // The host comes first: the switch may be gone.
        await undo();
        if (before) interfaceRecords.write(before);
        else if (!(error instanceof LeftHalfDone)) interfaceRecords.remove(record.name);
      }
    });
  }
}

/** What a record keeps of a port. */
function settingsOf(port: Port): InterfaceRecord['settings'] {
  const values = Object.entries(valuesOf(port)).filter(([, value]) => value !== undefined);
  return Object.fromEntries(values) as InterfaceRecord['settings'];
}

/** Keeps the present settings of a port over a boot, if vmlane has made its interface. @throws as Records.read, Failed */
export function keepHostPort(controlSocket: string, port: Port): void {
  const record = port.interface ? interfaceRecords.read(port.interface) : undefined;
  if (record?.port !== port.name || record.control_socket !== controlSocket) return;
  interfaceRecords.write({ ...record, settings: settingsOf(port) });
}

/**
 * Removes a port and, if vmlane has made it, the interface that it is. `changed` is false if there was
 * neither. @throws as SwitchClient.removePort and readRecords, Failed
 */
export async function removeHostPort(
  client: Pick<Switch, 'ports' | 'removePort'>,
  controlSocket: string,
  name: string,
): Promise<{ changed: boolean }> {
  const port = (await client.ports()).find((one) => one.name === name);
  // Damaged records of other interfaces are none of its concern.
  const records = port?.interface
    ? [interfaceRecords.read(port.interface)]
    : port
      ? []
      : interfacesOf(controlSocket);
  const record = records.find((one) => one?.port === name && one.control_socket === controlSocket);
  if (!record) return { changed: (await client.removePort(name)).changed };
  if (process.geteuid?.() !== 0) {
    const problem = 'only root can remove the interface that it is';
    throw new Failed({ thing: `port ${name}`, problem, remedy: 'run this as root' });
  }
  await client.removePort(name);
  await carryOut(planGone(record, await readInterfaces()));
  interfaceRecords.remove(record.name);
  return { changed: true };
}

function planGone(record: InterfaceRecord, present: readonly PresentInterface[]): InterfaceStep[] {
  return isOfNic(record) ? planNicBack(record, present) : planRemoval(record.name, present);
}

/**
 * The same at each time, and another on each host; unicast, and of no manufacturer's (IEEE 802, 8.2.2). In a
 * bridge the highest there is: a bridge without a MAC of its own takes the lowest of its ports', and must keep it.
 */
function macOf(name: string, isBridged: boolean): string {
  const host = lookAt('/').text('/etc/machine-id') ?? '';
  const bytes = createHash('sha256').update(`${host} ${name}`).digest().subarray(0, 6);
  bytes[0] = isBridged ? 0xfe : 2;
  return bytes.toString('hex').replace(/..(?!$)/g, '$&:');
}

/** @throws InvalidInput; `isPorts`: it is the port's, too */
export function checkName(name: string, isPorts: boolean): void {
  if (isInterfaceName(name)) return;
  throw new InvalidInput({
    thing: isPorts ? `port ${name}` : `--interface ${name}`,
    problem: isPorts ? 'an interface cannot have this name' : 'no interface can have this name',
    remedy: `${isPorts ? 'give --interface, with ' : 'give '}${INTERFACE_NAME_WANTED}`,
  });
}

function checkAddress(address: string): void {
  if (cidr.safeParse(address).success) return;
  throw new InvalidInput({
    thing: `--address ${address}`,
    problem: 'is no address with the length of its prefix',
    remedy: 'give one such as 192.0.2.1/24 or 2001:db8::1/64',
  });
}
