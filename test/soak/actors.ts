import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BROADCAST, frame, mac } from '../switching/frames.js';
import { type GuestOptions, Guests } from '../switching/guests.js';
import type { Chance } from './chance.js';
import type { World } from './world.js';

/** Works beside the others until told to stop, and leaves nothing behind. */
export type Actor = (world: World, chance: Chance, stop: AbortSignal) => Promise<void>;

const ATTACKS = [
  ...['garbage', 'truncated', 'reordered', 'storm', 'half-open', 'short-memory', 'outside'],
  ...['loop', 'endless', 'lengths', 'indirect', 'index', 'used', 'race', 'scribble', 'stuck'],
  ...['truncate', 'interrupts', 'broadcasts', 'sources', 'nothing', 'empty-pairs'],
  ...['empty-packed', 'empty-merging', 'slivers', 'crumbs'],
];
/**
 * Of these, what takes memory away while the switch uses it: ThreadSanitizer's own locks, which it holds while it
 * does our atomic operations, do not bear that one of them faults and that the handler has some, too.
 */
const CUTTING: ReadonlySet<string> = new Set(['truncate', 'short-memory']);
const ATTACK_MS = 2000;

/** A hostile guest, in the honest ones' network; another one for each attack. */
const attacker: Actor = async (world, chance, stop) => {
  const guests = new Guests();
  const attacks =
    world.sanitizer === 'thread' ? ATTACKS.filter((name) => !CUTTING.has(name)) : ATTACKS;
  try {
    while (!stop.aborted) {
      const attack = chance.of(attacks);
      const options = someGuest(chance);
      const listener = options.listen ? 'qemu' : 'switch';
      await world.act(`attack ${attack}`, async () => {
        if (options.listen) await guests.open('m', world.path('m'), { ...options, later: true });
        await world.addPort('m', listener);
        if (!options.listen) await guests.open('m', world.path('m'), { ...options, later: true });
        const indirect = attack === 'indirect' ? { seed: 1 } : { seed: chance.whole(1, 1e6) };
        await guests.attack('m', attack, { ms: chance.whole(100, ATTACK_MS), ...indirect });
      });
      await world.act('leave', () => leave(world, guests, 'm'));
    }
    await insist(world, () => leave(world, guests, 'm'));
  } finally {
    await guests.end();
  }
};

const VISITORS = ['v0', 'v1', 'v2'];

/** Guests that come, say something, and go or are killed, each with a port of its own. */
const visitor: Actor = async (world, chance, stop) => {
  let guests = new Guests();
  try {
    while (!stop.aborted) {
      const name = chance.of(VISITORS);
      const vlan = chance.of([0, 10, 20, 4094]);
      const options = someGuest(chance);
      await world.act('come', async () => {
        const listener = options.listen ? 'qemu' : 'switch';
        if (options.listen) await guests.open(name, world.path(name), { ...options, later: true });
        await world.addPort(name, listener, vlan);
        if (options.listen) await guests.connect(name);
        else await guests.open(name, world.path(name), options);
        const from = mac(100 + VISITORS.indexOf(name));
        await guests.send(name, [frame({ to: BROADCAST, from, length: chance.whole(14, 1514) })]);
        await guests.receive();
      });
      if (chance.next() < 0.3) {
        await guests.kill();
        guests = new Guests();
        world.done.killed = (world.done.killed ?? 0) + 1;
      }
      await world.act('leave', () => leave(world, guests, name));
    }
    for (const name of VISITORS) await insist(world, () => leave(world, guests, name));
  } finally {
    await guests.end();
  }
};

/** Somebody who changes settings and ports, captures, and looks at everything. */
const administrator: Actor = async (world, chance, stop) => {
  while (!stop.aborted) {
    const name = chance.of(['a', 'b', 'c', 'd']);
    await chance.of([
      () => world.act('set', () => changeSettings(world, chance)),
      () => world.act('set port', () => changePort(world, chance, name)),
      () => world.act('capture', () => captureSome(world, chance, name)),
      () => world.act('look', () => lookAround(world)),
    ])();
    await sleep(chance.whole(10, 300));
  }
};

export const ACTORS: readonly Actor[] = [attacker, visitor, administrator];

function someGuest(chance: Chance): GuestOptions {
  return {
    listen: chance.next() < 0.5,
    packed: chance.next() < 0.5,
    mergeable: chance.next() < 0.5,
    eventIndex: chance.next() < 0.5,
    indirect: chance.next() < 0.3,
    pairs: chance.of([1, 1, 2, 4]),
    regions: chance.of([1, 2, 8]),
  };
}

async function leave(world: World, guests: Guests, name: string): Promise<void> {
  if (guests.names.includes(name)) await guests.close(name);
  await world.removePort(name);
  // Where the guest listened, its socket is its own, and stays when it is killed.
  await rm(world.path(name), { force: true });
}

async function changeSettings(world: World, chance: Chance): Promise<void> {
  const change = chance.of([
    { ageing: chance.whole(1, 600) },
    { hold: chance.whole(0, 10) },
    { move_limit: chance.whole(1, 1000) },
    { idle_sleep: chance.whole(0, 200) },
    { rx_retry: chance.whole(0, 1) },
    { log_limit: chance.whole(1, 50) },
  ]);
  // The answer may be lost with the switch: then these are not in force.
  const { life } = world;
  await world.client.set(change);
  if (world.life === life && !world.restarting) world.wanted.set(change);
}

async function changePort(world: World, chance: Chance, name: string): Promise<void> {
  const asked = {
    name,
    address_limit: chance.whole(1, 4096),
    flood_limit: chance.of([0, 1000, 1_000_000]),
  };
  const { port } = await world.client.setPort(asked);
  world.wanted.port(asked, port);
}

/** Of a port that has traffic. */
async function captureSome(world: World, chance: Chance, name: string): Promise<void> {
  const { socket } = await world.client.capture({ ports: [name] });
  // Some read it to its end, some go.
  const ends = chance.whole(0, 1) === 0;
  if (ends) socket.resume();
  await sleep(chance.whole(10, 500));
  if (!ends) socket.destroy();
  else await once(socket.end(), 'close');
}

async function lookAround(world: World): Promise<void> {
  await world.client.stats();
  await world.client.fdb();
  await world.client.ports();
  await world.client.methods();
}

/** What must be done before it is looked at the switch; its client waits for a switch that restarts. */
async function insist(world: World, action: () => Promise<void>): Promise<void> {
  if (world.signal.aborted) return;
  await action();
}
