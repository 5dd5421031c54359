/** Networks as the page draws them: who is in each, from what is known of ports, of the host and of guests. */
import type { DeviceInfo, Port } from '../contract/types.js';
import type { NetworkView } from '../networks/network-view.js';
import { portsOf } from '../networks/network-view.js';
import { byName } from '../values/by-name.js';
import { portKind } from '../values/port-words.js';
import { vlansOfList } from '../values/vlan-list.js';
import { type Guests, ownerOf } from './facts.js';
import type { Member, NetworkFacts } from './wire.js';

/** What networks are drawn from. */
export interface Surroundings {
  ports: readonly Port[];
  devices: readonly DeviceInfo[];
  networks: readonly NetworkView[];
  guests: Guests;
  /** What each guest does, as libvirt says. */
  states: ReadonlyMap<string, string>;
}

/** Networks by name, then VLANs that no network has, then relays. */
export function picture(from: Surroundings): NetworkFacts[] {
  const switched = from.ports.filter(({ relay }) => !relay);
  const named = [...from.networks].sort((a, b) => byName(a.name, b.name));
  const vlans = new Set(switched.filter(isInOne).map(({ vlan }) => vlan));
  for (const { vlan } of named) vlans.delete(vlan);
  const relays = new Set(from.ports.flatMap(({ relay }) => relay ?? []));
  return [
    ...named.map((one) => ofNetwork(one, from, switched)),
    ...[...vlans].sort((a, b) => a - b).map((vlan) => ofVlan(vlan, from, switched)),
    ...[...relays].sort().map((name) => {
      const ends = from.ports.filter(({ relay }) => relay === name);
      return { kind: 'relay' as const, name, note: '', ...members(ends, from) };
    }),
  ];
}

/** The networks that each port is in, by name. */
export function networksByPort(drawn: readonly NetworkFacts[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, kind, host, devices, guests } of drawn) {
    if (kind === 'relay') continue;
    for (const port of [...host, ...devices, ...guests].flatMap(({ ports }) => ports))
      found.set(port, [...(found.get(port) ?? []), name]);
  }
  return found;
}

function ofNetwork(
  network: NetworkView,
  from: Surroundings,
  switched: readonly Port[],
): NetworkFacts {
  const { name, vlan, state, bridge, nic, libvirt, mtu } = network;
  const own = portsOf(name);
  const others = switched.filter((port) => carries(port, vlan) && !own.includes(port.name));
  const isThere = state === 'up' || state === 'guests';
  const attached = [
    ...(bridge === undefined ? [] : [{ title: bridge, note: 'bridge' }]),
    ...(nic === undefined ? [] : [{ title: nic, note: 'network card' }]),
  ].map(({ title, note }, i): Member => {
    const ports = own.slice(i, i + 1).filter((one) => switched.some((port) => port.name === one));
    return { title, note, ports, state: isThere ? 'up' : 'down' };
  });
  const found = members(others, from);
  const notes = [
    `VLAN ${vlan}`,
    ...(libvirt === undefined ? [] : [`libvirt's ${libvirt}`]),
    ...(mtu === undefined ? [] : [`MTU ${mtu}`]),
  ];
  const note = notes.join(', ');
  return { kind: 'network', name, note, state, ...found, host: [...attached, ...found.host] };
}

function ofVlan(vlan: number, from: Surroundings, switched: readonly Port[]): NetworkFacts {
  const its = switched.filter((port) => carries(port, vlan));
  const name = vlan === 0 ? 'no VLAN' : `VLAN ${vlan}`;
  return {
    kind: 'vlan',
    name,
    note: vlan === 0 ? '' : 'no network has this VLAN',
    ...members(its, from),
  };
}

/** Whether its `vlan` is one that others are in, too, and not just a trunk's lack of one. */
function isInOne({ vlan, vlan_mode: mode = 'access' }: Port): boolean {
  return mode === 'access' || mode === 'transparent' || (mode.startsWith('native') && vlan > 0);
}

function carries(port: Port, vlan: number): boolean {
  const mode = port.vlan_mode ?? 'access';
  if (isInOne(port) && port.vlan === vlan) return true;
  // It has a tag for each guest, whatever network that is in.
  if (mode === 'per-guest') return true;
  if (mode === 'access' || mode === 'transparent' || vlan === 0) return false;
  return !port.trunks || trunksOf(port, port.trunks).has(vlan);
}

/** A port's list is asked for each VLAN; the switch gives new ports each second. */
const TRUNKS = new WeakMap<Port, ReadonlySet<number>>();

function trunksOf(port: Port, list: string): ReadonlySet<number> {
  const found = TRUNKS.get(port) ?? new Set(vlansOfList(list));
  TRUNKS.set(port, found);
  return found;
}

function members(ports: readonly Port[], from: Surroundings) {
  const of = (kind: ReturnType<typeof portKind>) => ports.filter((one) => portKind(one) === kind);
  return {
    host: of('interface').map((one) => member(one.interface ?? '', `port ${one.name}`, [one])),
    devices: of('device').map((one) => deviceMember(one, from.devices)),
    guests: guestMembers(of('vhost-user'), from),
  };
}

function deviceMember(port: Port, devices: readonly DeviceInfo[]): Member {
  const found = devices.find(({ of }) => of === port.name);
  const notes = [`port ${port.name}`, ...(found ? [found.driver, `link ${found.link}`] : [])];
  const one = member(port.device ?? '', notes.join(', '), [port]);
  return found?.link === 'down' ? { ...one, state: 'down' } : one;
}

/** A guest once, with all its ports here. */
function guestMembers(ports: readonly Port[], { guests, states }: Surroundings): Member[] {
  const found = new Map<string, Port[]>();
  for (const port of ports) {
    const owner = ownerOf(port, guests) || port.name;
    found.set(owner, [...(found.get(owner) ?? []), port]);
  }
  return [...found]
    .map(([title, own]) => member(title, states.get(title) ?? '', own))
    .sort((a, b) => byName(a.title, b.title));
}

function member(title: string, note: string, ports: readonly Port[]): Member {
  const isDown = ports.some(({ link_state: link }) => link === 'down');
  const isUp = ports.some(({ state }) => state === 'up');
  const state = isDown ? 'down' : isUp ? 'up' : 'waiting';
  return { title, note, ports: ports.map(({ name }) => name), state };
}
