/** Ports that are network cards of the kernel's: planned, and lent by their bridges while a switch runs. */
import { PORT_SETTINGS } from '../contract/bounds.js';
import type { PortRequest } from '../contract/types.js';
import { hasIpv6 } from '../system/devices/nets.js';
import { Failed, InvalidInput, VmlaneError } from '../values/errors.js';
import { mtuOf as mtuOfFrame } from '../values/frame-mtu.js';
import { planAttachment } from './attach.js';
import { checkName, checkTaken, type HostPortPlan, type Switch } from './host-port.js';
import { type PresentInterface, readInterfaces } from './interfaces.js';
import { isOfNic, mustBeFree, type NicRecord, planNic, planNicBack } from './nic.js';
import { ownerOf } from './owner.js';
import { type InterfaceRecord, interfaceRecords, interfacesOf, requestOf } from './records.js';
import { restorePorts } from './restore.js';
import { carryOut, takenBack } from './steps.js';

/** A wanted port, and its card; further settings as for port.add. */
export interface NicPortWish extends Omit<PortRequest, 'path' | 'listener' | 'interface'> {
  nic: string;
  /** Name of the interface on the card. */
  interface: string;
  /** The bridge that the card is taken from. */
  takeFrom?: string | undefined;
}

/** What is to be done for it; nothing is changed. @throws as planHostPort */
export async function planNicPort(
  client: Pick<Switch, 'info' | 'hello'>,
  controlSocket: string,
  wish: NicPortWish,
): Promise<HostPortPlan> {
  const { interface: name, nic, takeFrom, ...request } = wish;
  checkName(name, false);
  const known = interfaceRecords.read(name);
  const present = await readInterfaces();
  checkTaken({ name, port: wish.name, controlSocket, nic }, known, present);
  const other = interfacesOf(controlSocket).find((one) => one.nic === nic && one.name !== name);
  if (other) {
    const problem = `it is port ${other.port} already`;
    throw new InvalidInput({ thing: `NIC ${nic}`, problem, remedy: 'remove that first' });
  }
  const card = mustBeFree(nic, present, { interface: name, bridge: takeFrom ?? known?.taken_from });
  if (takeFrom !== undefined && card.master !== takeFrom && known?.taken_from !== takeFrom) {
    const remedy = `put it there: ip link set dev ${nic} master ${takeFrom}`;
    throw new InvalidInput({ thing: `NIC ${nic}`, problem: `is not in ${takeFrom}`, remedy });
  }
  const room = mtuOfFrame((await client.info()).max_frame);
  if (card.mtu > room) {
    const problem = `its MTU is ${card.mtu}, and the switch carries ${room} at most`;
    const remedy = `start the switch with --mergeable, or lower it: ip link set dev ${nic} mtu ${room}`;
    throw new InvalidInput({ thing: `NIC ${nic}`, problem, remedy });
  }
  const bridge = known?.taken_from ?? takeFrom;
  const record: NicRecord = {
    ...{ name, port: wish.name, control_socket: controlSocket, nic },
    ...{ mac: card.mac ?? '', mtu: card.mtu, addresses: [] },
    ...(bridge !== undefined && { taken_from: bridge }),
    ...(known ? before(known) : stateOf(card)),
    settings: known?.settings ?? {},
  };
  const usual = { address_limit: PORT_SETTINGS.address_limit.max };
  return {
    steps: planNic(record, ownerOf(client).uid, present),
    request: { ...usual, ...known?.settings, ...request, path: '', interface: name },
    record,
  };
}

/** How a card was before it became a port. */
type Before = Pick<NicRecord, 'was_down' | 'had_arp' | 'had_ipv6'>;

function before({ was_down, had_arp, had_ipv6 }: Before): Before {
  return {
    ...(was_down && { was_down }),
    ...(had_arp && { had_arp }),
    ...(had_ipv6 && { had_ipv6 }),
  };
}

function stateOf({ name, isUp, isMute }: PresentInterface): Before {
  return {
    ...(!isUp && { was_down: true }),
    ...(!isMute && { had_arp: true }),
    ...(hasIpv6(name) && { had_ipv6: true }),
  };
}

/** The cards that bridges lend to the switch on this socket. */
export function takenNics(controlSocket: string): NicRecord[] {
  return interfacesOf(controlSocket)
    .filter(isOfNic)
    .filter((record) => record.taken_from !== undefined);
}

/** What became of cards that a switch is to have. */
export interface TakenNics {
  /** Those whose bridge does not have them yet, or not the switch, as at boot. */
  late: Failed[];
  failed: VmlaneError[];
}

/**
 * Takes the cards that bridges lend to this switch, and adds their ports. A card whose port the switch refuses is back
 * in its bridge. @throws Failed without `ip`, or if the switch's process cannot be seen
 */
export async function takeNics(
  client: Pick<Switch, 'hello' | 'ports' | 'addPort'>,
  controlSocket: string,
): Promise<TakenNics> {
  const late: Failed[] = [];
  const { uid } = ownerOf(client);
  const failed = await each(controlSocket, async (record) => {
    await join(record, controlSocket);
    const present = await readInterfaces();
    const missing = whatIsLate(record, interfacesOf(controlSocket), present);
    if (missing) return void late.push(missing);
    await carryOut(planNic(record, uid, present));
    const [error] = await restorePorts(client, [requestOf(record)]);
    // Also one that has been out of its bridge since a switch was killed.
    if (error) throw await takenBack(error, () => giveBack(record));
  });
  return { late, failed };
}

/** The switch comes into the bridge first. */
async function join({ taken_from: from }: NicRecord, controlSocket: string): Promise<void> {
  const own = interfacesOf(controlSocket).find(({ bridge }) => bridge === from);
  if (own?.bridge === undefined) return;
  const present = await readInterfaces();
  const isAlone = present.some((one) => one.name === own.name && one.master === undefined);
  if (isAlone) await carryOut(planAttachment(own.name, own.bridge, present));
}

/**
 * A card is taken out of its bridge only: at boot that may not have it yet, and could not get it any more. And only if
 * the switch is in that bridge, which leads nowhere otherwise.
 */
function whatIsLate(
  { name, nic, taken_from: bridge }: NicRecord,
  records: readonly InterfaceRecord[],
  present: readonly PresentInterface[],
): Failed | undefined {
  const isIn = (one: string) => present.some((it) => it.name === one && it.master === bridge);
  const remedy = "when it is: 'vmlane switch start' once more";
  if (!isIn(nic) && !present.some((one) => one.name === name))
    return new Failed({ thing: `NIC ${nic}`, problem: `is not in bridge ${bridge}`, remedy });
  const own = records.find((one) => one.bridge === bridge);
  if (own && isIn(own.name)) return undefined;
  const problem = `stays in bridge ${bridge}, as the switch is not in it`;
  return new Failed({ thing: `NIC ${nic}`, problem, remedy });
}

/**
 * Gives them back to their bridges, as the switch does not run any more: else this host, and guests that are not on
 * the switch, would have no network. They stay its ports. Returns what failed. @throws Failed without `ip`
 */
export function lendNics(controlSocket: string): Promise<VmlaneError[]> {
  return each(controlSocket, giveBack);
}

async function giveBack(record: NicRecord): Promise<void> {
  await carryOut(planNicBack(record, await readInterfaces()));
}

async function each(
  controlSocket: string,
  act: (record: NicRecord) => Promise<void>,
): Promise<VmlaneError[]> {
  const failed: VmlaneError[] = [];
  for (const record of takenNics(controlSocket)) {
    try {
      await act(record);
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      failed.push(error);
    }
  }
  return failed;
}
