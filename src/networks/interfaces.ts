/** Interfaces that vmlane makes for the switch: taps. */
import * as z from 'zod';
import { ip } from '../system/devices/ip.js';
import { Failed, InvalidInput } from '../values/errors.js';
import type { IpStep } from './steps.js';

/** What an interface of the switch is to have. */
export interface WantedInterface {
  name: string;
  mac: string;
  mtu: number;
  /** As `192.0.2.1/24`. */
  addresses: readonly string[];
  /** The Linux bridge that it is in. */
  bridge?: string | undefined;
  /** The bridge is not there yet: until it is (attach.ts), the interface stays down. */
  isLate?: boolean | undefined;
}

/** The user whose an interface must be, by number and, if it has one, by name. */
export interface Owner {
  uid: number;
  name?: string | undefined;
}

/** An interface that is there. */
export interface PresentInterface {
  name: string;
  mtu: number;
  isUp: boolean;
  /** The kernel's kind: `bridge`, `tun`, `veth` …; absent: a device. */
  kind?: string;
  /** A tap that stays when nobody has it open. */
  isTap: boolean;
  /** Number of the tap's owner. */
  owner?: string;
  /** The bridge, bond or team that it is in. */
  master?: string;
  /** The interface that it is on, as a VLAN or a macvtap is. */
  parent?: string;
  /** A macvtap's: `passthru`, `bridge` … */
  mode?: string;
  /** It answers no ARP. */
  isMute?: true;
  mac?: string;
  isEthernet: boolean;
  addresses: string[];
}

const schema = z.array(
  z.object({
    ifname: z.string().optional(),
    mtu: z.number().optional(),
    flags: z.array(z.string()).optional(),
    master: z.string().optional(),
    link: z.string().optional(),
    link_type: z.string().optional(),
    address: z.string().optional(),
    linkinfo: z
      .object({
        info_kind: z.string().optional(),
        info_data: z
          .object({
            type: z.unknown().optional(),
            persist: z.unknown().optional(),
            user: z.union([z.string(), z.number()]).optional(),
            mode: z.unknown().optional(),
          })
          .optional(),
      })
      .optional(),
    addr_info: z
      .array(z.object({ local: z.string().optional(), prefixlen: z.number().optional() }))
      .optional(),
  }),
);

/** The interfaces in the output of `ip -json -details address show`. @throws Failed for other text */
export function parseInterfaces(text: string): PresentInterface[] {
  try {
    return schema.parse(JSON.parse(text || '[]')).flatMap((one) => {
      const { ifname, mtu = 0, flags = [], master, linkinfo, addr_info: addresses = [] } = one;
      const { link, address: mac } = one;
      // iproute2 prints {} for one that has just gone.
      if (ifname === undefined) return [];
      const { info_kind: kind, info_data: data } = linkinfo ?? {};
      return [
        {
          ...{ name: ifname, mtu, isUp: flags.includes('UP') },
          ...(kind !== undefined && { kind }),
          isTap: kind === 'tun' && data?.type === 'tap' && data.persist === true,
          ...(data?.user !== undefined && { owner: String(data.user) }),
          ...(master !== undefined && { master }),
          // The other end of a veth is not below it.
          ...(link !== undefined && kind !== 'veth' && { parent: link }),
          ...(kind === 'macvtap' && typeof data?.mode === 'string' && { mode: data.mode }),
          ...(flags.includes('NOARP') && { isMute: true as const }),
          ...(mac !== undefined && { mac }),
          isEthernet: one.link_type === 'ether',
          addresses: addresses.map(({ local, prefixlen }) => `${local}/${prefixlen}`),
        },
      ];
    });
  } catch (cause) {
    const problem = "this is not what 'ip -json -details address show' prints";
    throw new Failed({ thing: 'ip', problem, remedy: 'use iproute2 4.18 or newer' }, { cause });
  }
}

/** All interfaces of this network namespace. @throws Failed */
export async function readInterfaces(deadlineMs?: number): Promise<PresentInterface[]> {
  const { stdout, refused } = await ip(['-json', '-details', 'address', 'show'], deadlineMs);
  if (refused === undefined) return parseInterfaces(stdout);
  throw new Failed({ thing: 'ip address', problem: refused, remedy: "try 'ip address' yourself" });
}

/**
 * The steps to an interface that the switch's user may take. One that is there is kept, and gets what it
 * lacks; another user's is made anew. @throws InvalidInput for one that is no such tap, or a bridge that is none
 */
export function planInterface(
  wanted: WantedInterface,
  { uid, name: user }: Owner,
  present: readonly PresentInterface[],
): IpStep[] {
  const { name, mac, mtu, addresses, bridge, isLate } = wanted;
  const there = present.find((one) => one.name === name);
  const gone = goneBy(name);
  if (there && !there.isTap) {
    const what = there.kind === undefined ? 'a device' : `of kind ${there.kind}`;
    const problem = `this interface is there already, and is ${what}`;
    throw new InvalidInput({ thing: name, problem, remedy: 'choose another name' });
  }
  if (bridge !== undefined && !isLate) mustBeBridge(bridge, present);
  const steps: IpStep[] = [];
  const isOurs = [String(uid), user].includes(there?.owner);
  const found = isOurs ? there : undefined;
  if (there && !isOurs) steps.push({ words: gone });
  if (!found) {
    const owner = ['user', String(uid)];
    steps.push({ words: ['tuntap', 'add', 'dev', name, 'mode', 'tap', ...owner], undo: gone });
    // In a bridge it is a port, and the bridge has the address.
    const quiet = bridge === undefined ? [] : ['addrgenmode', 'none'];
    const set = ['address', mac, 'mtu', String(mtu), ...quiet];
    steps.push({ words: ['link', 'set', 'dev', name, ...set] });
  } else if (found.mtu !== mtu) {
    const back = ['link', 'set', 'dev', name, 'mtu', String(found.mtu)];
    steps.push({ words: ['link', 'set', 'dev', name, 'mtu', String(mtu)], undo: back });
  }
  for (const address of addresses) {
    if (found?.addresses.includes(plainAddress(address))) continue;
    const words = (verb: string) => ['address', verb, address, 'dev', name];
    steps.push({ words: words('add'), ...(found && { undo: words('del') }) });
  }
  if (isLate) return steps;
  if (bridge !== undefined && found?.master !== bridge) {
    const back = found?.master === undefined ? ['nomaster'] : ['master', found.master];
    const undo = ['link', 'set', 'dev', name, ...back];
    steps.push({ words: ['link', 'set', 'dev', name, 'master', bridge], ...(found && { undo }) });
  }
  if (!found?.isUp) {
    const undo = ['link', 'set', 'dev', name, 'down'];
    steps.push({ words: ['link', 'set', 'dev', name, 'up'], ...(found && { undo }) });
  }
  return steps;
}

/** Not `tuntap del`, which a tap that the switch still has refuses. */
function goneBy(name: string): string[] {
  return ['link', 'del', 'dev', name];
}

/** An address with its prefix as `ip` prints it: `2001:DB8::0:1/64` is `2001:db8::1/64`. */
export function plainAddress(address: string): string {
  const [host = '', length] = address.split('/');
  if (!host.includes(':')) return address;
  return `${new URL(`http://[${host}]/`).hostname.slice(1, -1)}/${length}`;
}

/** The step that takes an interface of ours away; none if it is not there, or somebody else's by now. */
export function planRemoval(name: string, present: readonly PresentInterface[]): IpStep[] {
  const found = present.find((one) => one.name === name);
  return found?.isTap ? [{ words: goneBy(name) }] : [];
}

/** @throws InvalidInput */
export function mustBeBridge(name: string, present: readonly PresentInterface[]): void {
  const found = present.find((one) => one.name === name);
  if (found?.kind === 'bridge') return;
  const bridges = present.filter(({ kind }) => kind === 'bridge').map((one) => one.name);
  throw new InvalidInput({
    thing: `bridge ${name}`,
    problem: found ? 'this interface is no bridge' : 'there is no such interface',
    remedy: bridges.length > 0 ? `bridges here: ${bridges.join(', ')}` : 'this host has no bridges',
  });
}
