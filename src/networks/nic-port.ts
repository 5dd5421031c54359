/** Ports that are network cards of the kernel's: planned, and lent by their bridges while a switch runs. */
import { PORT_SETTINGS } from '../contract/bounds.js';
import type { PortRequest } from '../contract/types.js';
import { Failed, InvalidInput, VmlaneError } from '../values/errors.js';
import { mtuOf as mtuOfFrame } from '../values/frame-mtu.js';
import { checkName, checkTaken, type HostPortPlan, type Switch } from './host-port.js';
import { type PresentInterface, readInterfaces } from './interfaces.js';
import { isOfNic, mustBeFree, type NicRecord, planNic, planNicBack } from './nic.js';
import { ownerOf } from './owner.js';
import { type InterfaceRecord, interfaceRecords, interfacesOf } from './records.js';
import { carryOut } from './steps.js';

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
  checkTaken(name, wish.name, controlSocket, known, present);
  const other = interfacesOf(controlSocket).find((one) => one.nic === nic && one.name !== name);
  if (other) {
    const problem = `it is port ${other.port} already`;
    throw new InvalidInput({ thing: `NIC ${nic}`, problem, remedy: 'remove that first' });
  }
  const card = mustBeFree(nic, present, { interface: name, bridge: takeFrom ?? known?.taken_from });
  const room = mtuOfFrame((await client.info()).max_frame);
  if (card.mtu > room) {
    const problem = `its MTU is ${card.mtu}, and the switch carries ${room} at most`;
    const remedy = `start the switch with --mergeable, or lower it: ip link set dev ${nic} mtu ${room}`;
    throw new InvalidInput({ thing: `NIC ${nic}`, problem, remedy });
  }
  const bridge = known?.taken_from ?? (card.master === takeFrom ? takeFrom : undefined);
  const wasDown = known ? known.was_down : !card.isUp || undefined;
  const record: NicRecord = {
    ...{ name, port: wish.name, control_socket: controlSocket, nic },
    ...{ mac: card.mac ?? '', mtu: card.mtu, addresses: [] },
    ...(bridge !== undefined && { taken_from: bridge }),
    ...(wasDown && { was_down: true as const }),
    settings: known?.settings ?? {},
  };
  const usual = { address_limit: PORT_SETTINGS.address_limit.max };
  return {
    steps: planNic(record, ownerOf(client).uid, present),
    request: { ...usual, ...known?.settings, ...request, path: '', interface: name },
    record,
  };
}

/** The cards that bridges lend to the switch on this socket. */
export function takenNics(controlSocket: string): NicRecord[] {
  return interfacesOf(controlSocket)
    .filter(isOfNic)
    .filter((record) => record.taken_from !== undefined);
}

/**
 * Takes the cards that bridges lend to the switch on this socket, which runs as `uid` and answers by now. Returns
 * what kept some of them away. @throws Failed without `ip`
 */
export function takeNics(controlSocket: string, uid: number): Promise<VmlaneError[]> {
  return each(controlSocket, async (record) => {
    const present = await readInterfaces();
    mustBeJoined(record, interfacesOf(controlSocket), present);
    await carryOut(planNic(record, uid, present));
  });
}

/**
 * A card is taken out of its bridge only: at boot that may not have it yet, and could not get it any more. And only if
 * the switch is in that bridge, which leads nowhere otherwise. @throws Failed
 */
function mustBeJoined(
  { name, nic, taken_from: bridge }: NicRecord,
  records: readonly InterfaceRecord[],
  present: readonly PresentInterface[],
): void {
  const isIn = (one: string) => present.some((it) => it.name === one && it.master === bridge);
  const remedy = 'when it is, add the network again';
  if (!isIn(nic) && !present.some((one) => one.name === name)) {
    throw new Failed({ thing: `NIC ${nic}`, problem: `is not in bridge ${bridge}`, remedy });
  }
  if (records.some((one) => one.bridge === bridge && isIn(one.name))) return;
  const problem = `stays in bridge ${bridge}, as the switch is not in it`;
  throw new Failed({ thing: `NIC ${nic}`, problem, remedy });
}

/**
 * Gives them back to their bridges, as the switch does not run any more: else this host, and guests that are not on
 * the switch, would have no network. They stay its ports. Returns what failed. @throws Failed without `ip`
 */
export function lendNics(controlSocket: string): Promise<VmlaneError[]> {
  return each(controlSocket, async (record) => {
    await carryOut(planNicBack(record, await readInterfaces()));
  });
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
