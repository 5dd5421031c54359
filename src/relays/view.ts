/** Relays, as the switch's ports show them. */
import type { DeviceInfo, LcoreInfo, Port } from '../contract/types.js';
import { bondOf, partsOf } from '../values/bond.js';
import { byName } from '../values/by-name.js';
import { InvalidInput } from '../values/errors.js';
import { nearest } from '../values/nearest.js';
import { plainDevice, vmPort } from './names.js';

/** Two ports that are each other's, or one that waits for the other. */
export interface Relay {
  name: string;
  /** The device's end; between two guests the one that was there first. */
  vf?: Port | undefined;
  /** The guest's end. */
  vm?: Port | undefined;
}

/** All relays of a switch, those with numbers first. */
export function relaysOf(ports: readonly Port[]): Relay[] {
  const names = new Set(ports.flatMap(({ relay }) => relay ?? []));
  return [...names].sort(byName).map((name) => {
    const ends = ports.filter(({ relay }) => relay === name);
    const vm = ends.find((port) => port.name === vmPort(name)) ?? ends.findLast(isGuest);
    return { name, vf: ends.find((port) => port !== vm), vm };
  });
}

function isGuest({ path }: Port): boolean {
  return path !== '';
}

/** The relay of this name. @throws InvalidInput with the nearest one */
export function relayOf(relays: readonly Relay[], name: string): Relay {
  const found = relays.find((relay) => relay.name === name);
  if (found) return found;
  const names = relays.map((relay) => relay.name);
  const near = nearest(name, names);
  throw new InvalidInput({
    thing: `relay ${name}`,
    problem: 'the switch has no such relay',
    remedy: near ? `did you mean ${near}?` : "'vmlane relay list' lists its relays",
  });
}

/** The relay behind this socket. @throws InvalidInput */
export function relayAt(relays: readonly Relay[], path: string): Relay {
  const found = relays.find(({ vf, vm }) => vm?.path === path || vf?.path === path);
  if (found) return found;
  const problem = 'no relay has this socket';
  throw new InvalidInput({ thing: path, problem, remedy: "'vmlane relay list' lists sockets" });
}

/** The relay with this device; undefined: none. */
export function relayWith(relays: readonly Relay[], device: string): Relay | undefined {
  return relays.find(({ vf }) => isDevice(vf, device));
}

/** Whether it is this device. A bond is known by its members, in any order. */
export function isDevice(port: Port | undefined, device: string): boolean {
  if (!port?.device) return false;
  const [has, wanted] = [port.device, device].map((one) => [...partsOf(plainDevice(one))].sort());
  return `${has}` === `${wanted}` && !bondOf(port.device) === !bondOf(device);
}

/** What is at an end of a relay; null: nothing. */
export function endOf(port: Port | undefined): string | null {
  if (!port) return null;
  return port.device || (port.interface ? `interface ${port.interface}` : port.path);
}

/** What is behind one of a relay's sockets: its other end; null: nothing yet. */
export function behind({ vf, vm }: Relay, path: string): string | null {
  return endOf(vm?.path === path ? vf : vm);
}

/** A relay for people and programs. */
export interface RelayView {
  name: string;
  /** up: frames pass; waiting: for the guest, or the device's link; half: an end is missing. */
  state: 'up' | 'waiting' | 'half';
  device: string | null;
  /** Of the device; null: there is none, or it is no device. */
  link: 'up' | 'down' | null;
  socket: string | null;
  listener: Port['listener'] | null;
  guest: Port['state'] | null;
  /** Who carries device to guest, and who guest to device. */
  lcores: number[];
}

/** The relays as they are now. */
export function viewRelays(ports: readonly Port[], devices: readonly DeviceInfo[]): RelayView[] {
  return relaysOf(ports).map(({ name, vf, vm }) => {
    const link = devices.find(({ of }) => of !== undefined && of === vf?.name)?.link ?? null;
    const isUp = vf?.state === 'up' && vm?.state === 'up' && link !== 'down';
    return {
      ...{ name, state: !vf || !vm ? 'half' : isUp ? 'up' : 'waiting' },
      ...{ device: endOf(vf), link, socket: vm?.path || endOf(vm) },
      ...{ listener: vm?.listener ?? null, guest: vm?.state ?? null },
      lcores: [vf, vm].flatMap((port) => port?.lcore ?? []),
    };
  });
}

/** The processor that polls a port; undefined: the switch does not say. */
export function cpuOf(port: Port | undefined, lcores: readonly LcoreInfo[]): number | undefined {
  return lcores.find(({ lcore }) => lcore === port?.lcore)?.cpu;
}
