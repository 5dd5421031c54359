import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { patience } from '../lab/slow.js';
import { GUARD } from '../src/contract/bounds.js';
import type { PortChange, Stats } from '../src/contract/types.js';
import { WrongShape } from '../src/contract/wrong-shape.js';
import { compileFilter } from '../src/switch/capture-filter.js';
import { SwitchClient } from '../src/switch/client.js';
import { type LaunchOptions, planLaunch } from '../src/switch/launch.js';
import { findBinary } from '../src/switch/paths.js';
import { Session } from '../src/switch/session.js';
import { Child } from './child.js';
import type { Sample } from './figures.js';
import { memif } from './generator.js';
import { loadMac } from './load.js';
import type { Also } from './options.js';
import {
  type Counting,
  conditions,
  nanoseconds,
  type Place,
  type Side,
  type Subject,
  sockets,
  twoSockets,
} from './subject.js';

const MEMORY_MIB = 128;

/** With an uplink, the sample's default number of buffers, which may only be raised. */
const UPLINK_MEMORY_MIB = 512;
export const SWITCH_PAGES = MEMORY_MIB / 2;

/** The switch between two guests: of this build, or another one. */
export function vhostSwitch(other?: Also): Promise<Subject<Counting>> {
  return betweenGuests({}, other);
}

/** The same, which offers guests all that large frames need. */
export function largeSwitch(other?: Also): Promise<Subject<Counting>> {
  return betweenGuests({ mergeable: true, tso: true }, other);
}

async function betweenGuests(options: LaunchOptions, other?: Also): Promise<Subject<Counting>> {
  const { binary, version } = await program(other);
  return {
    ...(other ? { name: other.name, beside: 'vhost-switch' } : { name: 'vhost-switch' }),
    version,
    pages: SWITCH_PAGES,
    start: async (place) => {
      const sockets = twoSockets(place.folder);
      return { sockets, ...(await startSwitch(place, sockets, { binary, ...options })) };
    },
  };
}

/** The same switch, as it is idle by default, and otherwise. */
export async function idleKinds(): Promise<Subject<Counting>[]> {
  const { binary, version } = await program();
  const kinds = [
    { name: 'vhost-switch', options: { idleWait: 1 } },
    { name: 'always polls', options: { idleWait: 0 } },
    { name: 'naps of 100 µs', options: { idleWait: 0, idleSleep: 100 } },
  ];
  return kinds.map(({ name, options }) => ({
    ...{ name, version, pages: SWITCH_PAGES },
    start: async (place) => {
      const sockets = twoSockets(place.folder);
      return { sockets, ...(await startSwitch(place, sockets, { binary, ...options })) };
    },
  }));
}

/** Fifteen addresses before the load's own, so that each frame is compared with all that a port may have. */
const ADDRESSES = [...Array.from({ length: 15 }, (_, i) => `10.0.0.${i + 1}`), '198.18.0.1'];

/** All that a port checks, both ways. */
const policiesOf = (i: number): Omit<PortChange, 'name'> => ({
  mac: loadMac(i),
  guards: GUARD.values.join(','),
  ip_addresses: ADDRESSES.join(','),
  address_learning: 'dhcp',
  dhcp_servers: '10.0.0.1,fd00::1',
});

/** The same switch, both of whose ports have every policy that there is. */
export async function policies(): Promise<Subject<Counting>> {
  const { binary, version } = await program();
  return {
    ...{ name: 'policies', beside: 'vhost-switch', version, pages: SWITCH_PAGES },
    start: async (place) => {
      const sockets = twoSockets(place.folder);
      return { sockets, ...(await startSwitch(place, sockets, { binary }, policiesOf)) };
    },
  };
}

/** Nobody's address, as in the instructions' count. */
const NO_FRAME = 'ether host 02:ff:ff:ff:ff:ff';

/** The same switch, whose frames are all captured, both ways, by a filter that takes none. */
export async function captured(): Promise<Subject<Counting>> {
  const { binary, version } = await program();
  const filter = await compileFilter(NO_FRAME);
  return {
    ...{ name: 'captured', beside: 'vhost-switch', version, pages: SWITCH_PAGES },
    start: async (place) => {
      const sockets = twoSockets(place.folder);
      const running = await startSwitch(place, sockets, { binary });
      let client: SwitchClient | undefined;
      try {
        client = await SwitchClient.connect(join(place.folder, 'control'));
        const { socket } = await client.capture({ filter });
        socket.resume();
        const stop = async (): Promise<void> => {
          socket.destroy();
          client?.close();
          await running.stop();
        };
        return { sockets, ...running, stop };
      } catch (error) {
        client?.close();
        await running.stop();
        throw error;
      }
    },
  };
}

/** The same switch, between a guest and the wire. */
export async function uplink(other?: Also): Promise<Subject<Counting>> {
  const { binary, version } = await program(other);
  return {
    ...(other ? { name: `${other.name}/uplink`, beside: 'uplink' } : { name: 'uplink' }),
    version,
    pages: UPLINK_MEMORY_MIB / 2,
    uplink: 'tagged',
    start: async (place) => {
      const sockets = [join(place.folder, 'a'), join(place.folder, 'wire')] as const;
      const device = `net_memif0,role=server,${memif(sockets[1])}`;
      const options = { binary, uplink: device, memoryMiB: UPLINK_MEMORY_MIB };
      return { sockets, ...(await startSwitch(place, [sockets[0]], options)) };
    },
  };
}

/** The same switch, a relay of a guest and the wire: all of one is the other's. */
export function relay(other?: Also): Promise<Subject<Counting>> {
  return portAndWire('relay', { relay: 'r' }, other);
}

/** What a relay is compared with: the same two as ports, with look-ups. */
export function switched(other?: Also): Promise<Subject<Counting>> {
  return portAndWire('switched', {}, other);
}

/** The same, full windows of a load of ours in the place of testpmd's: a guest, and a memif. */
export async function relayBetween(sides: readonly [Side, Side]): Promise<Subject<Counting>> {
  // The load's memif comes and goes, and with it the device's link; its guest dials once.
  const settings = { relay: 'r', link: 'enable' } as const;
  return { ...(await switchBetween(sides, undefined, settings)), name: 'relay' };
}

/** The same switch, between any two that learn, in the order of their sides. */
export async function switchBetween(
  sides: readonly [Side, Side],
  other?: Also,
  settings?: Omit<PortChange, 'name'>,
): Promise<Subject<Counting>> {
  const { binary, version } = await program(other);
  const memoryMiB = sides.includes('device') ? UPLINK_MEMORY_MIB : MEMORY_MIB;
  return {
    ...(other ? { name: other.name, beside: 'vhost-switch' } : { name: 'vhost-switch' }),
    ...{ version, pages: memoryMiB / 2 },
    start: async (place) => {
      const at = sockets(place.folder, sides);
      const guests = at.filter((_, i) => sides[i] === 'guest');
      const devices = at.flatMap((socket, i) =>
        sides[i] === 'device'
          ? [{ name: `device${i}`, device: `net_memif${i},role=server,${memif(socket)}` }]
          : [],
      );
      const options = { binary, memoryMiB, devices };
      const each = settings && (() => settings);
      return { sockets: at, ...(await startSwitch(place, guests, options, each)) };
    },
  };
}

/** Frames have the form on the wire that they have in the guest. The wire is a memif, in a VF's place. */
async function portAndWire(
  name: string,
  settings: Omit<PortChange, 'name'>,
  other?: Also,
): Promise<Subject<Counting>> {
  const { binary, version } = await program(other);
  return {
    ...(other ? { name: `${other.name}/${name}`, beside: name } : { name }),
    version,
    pages: UPLINK_MEMORY_MIB / 2,
    uplink: 'untagged',
    start: async (place) => {
      const sockets = [join(place.folder, 'a'), join(place.folder, 'wire')] as const;
      const device = `net_memif0,role=server,${memif(sockets[1])}`;
      const devices = [{ name: 'wire', device }];
      const options = { binary, devices, memoryMiB: UPLINK_MEMORY_MIB };
      return { sockets, ...(await startSwitch(place, [sockets[0]], options, () => settings)) };
    },
  };
}

async function program(other?: Also): Promise<{ binary: string; version: string }> {
  const binary = await findBinary(other?.path, process.env);
  const { stdout } = await promisify(execFile)(binary, ['--version']);
  return { binary, version: stdout.trim() };
}

/** A switch that listens at these sockets. */
export async function startSwitch(
  place: Place,
  sockets: readonly string[],
  options: LaunchOptions = {},
  settings?: (i: number) => Omit<PortChange, 'name'>,
): Promise<Omit<Counting, 'sockets'>> {
  const plan = await planLaunch({
    controlSocket: join(place.folder, 'control'),
    socketFiles: [...sockets],
    cpus: [0],
    memoryMiB: MEMORY_MIB,
    ...options,
  });
  const child = new Child(plan.binary, plan.args, conditions(place));
  const session = new Session(plan.controlSocket, { deadlineMs: patience(10_000) });
  const stop = async (): Promise<void> => {
    session.close();
    await child.end();
  };
  try {
    await child.says('ready');
    await child.until('answered', () => session.dial().then(() => true));
    if (settings) {
      const { ports } = await session.request('port.list', {});
      for (const [i, { name }] of ports.entries())
        await session.request('port.set', { name, ...settings(i) });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const sample = async (): Promise<Sample> => ({
    ...statistics(await session.request('stats.get', {})),
    time: nanoseconds(),
    waited: await child.waited(),
  });
  return { process: child, sample, stop };
}

/** The part needed here. */
function statistics({ lcores, ports, tsc, uplink }: Stats): Omit<Sample, 'time' | 'waited'> {
  if (!lcores?.[0] || !ports[0] || tsc === undefined) {
    throw new WrongShape('stats.get lacks lcores, ports or tsc');
  }
  const drops = [...ports, ...(uplink ? [uplink] : [])].flatMap((port) =>
    Object.values(port.drops),
  );
  return {
    busyCycles: sum(lcores.map((lcore) => lcore.busy_cycles)),
    packets: sum(lcores.map((lcore) => lcore.busy_packets)),
    drops: sum(drops),
    tsc,
  };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
