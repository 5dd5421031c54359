/**
 * Mode interface: a pair of interfaces, one end in the container. On the host's end is a macvtap, which the switch takes
 * as it takes that of a network card; it stays where it is, so that a switch that restarts finds it again.
 *
 *   container           host
 *   eth0 ── veth pair ── cnh… ── cnt… (macvtap, /dev/vmlane/cnt…) ── port cni:…
 */
import {
  carryOut,
  type InterfaceStep,
  type NicRecord,
  planNic,
  readInterfaces,
} from '../../networks/index.js';
import type { Names } from '../call/names.js';

/** What the container's end is to be. */
export interface End {
  netns: string;
  ifname: string;
  mac: string;
  mtu: number;
}

/** Makes both, down in the container; or nothing. `uid`: the switch's user. @throws Failed */
export async function makePair(names: Names, end: End, uid: number): Promise<void> {
  const { near, tap } = names;
  const mtu = ['mtu', String(end.mtu)];
  const peer = ['peer', 'name', end.ifname, 'address', end.mac, ...mtu, 'netns', end.netns];
  const undo = await carryOut([
    {
      words: ['link', 'add', 'name', near, ...mtu, 'type', 'veth', ...peer],
      undo: ['link', 'del', 'dev', near],
    },
    { words: ['link', 'set', 'dev', near, 'addrgenmode', 'none'] },
  ]);
  const record: NicRecord = {
    ...{ name: tap, nic: near, port: names.port, control_socket: '/', mac: '', mtu: end.mtu },
    ...{ addresses: [], settings: {} },
    // This host is not in the container's network: it neither answers there nor speaks.
    ...{ had_arp: true, had_ipv6: true },
  };
  try {
    await carryOut(planNic(record, uid, await readInterfaces()));
  } catch (error) {
    await undo();
    throw error;
  }
}

/** Whether there is anything of it: the macvtap goes with the host's end. */
export async function hasPair({ near }: Pick<Names, 'near'>): Promise<boolean> {
  return (await readInterfaces()).some(({ name }) => name === near);
}

/** Removes what there is of it: the container's end goes with the host's. @throws Failed */
export async function removePair({ near, tap }: Pick<Names, 'near' | 'tap'>): Promise<void> {
  const present = await readInterfaces();
  const steps: InterfaceStep[] = [{ node: tap }];
  const isThere = (name: string, kind: string) =>
    present.some((one) => one.name === name && one.kind === kind);
  if (isThere(tap, 'macvtap')) steps.push({ words: ['link', 'del', 'dev', tap] });
  if (isThere(near, 'veth')) steps.push({ words: ['link', 'del', 'dev', near] });
  await carryOut(steps);
}
