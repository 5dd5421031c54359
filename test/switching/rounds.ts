/** Rounds of all that a switch allocates for and has to give back. */
import { expect } from 'vitest';
import { MemoryWorld } from '../../bench/memory-world.js';
import { settled } from '../../bench/resident.js';
import { SwitchClient } from '../../src/switch/index.js';

/** Pages that the first tenth has not reached yet; 1 KiB of each port of a short run would be more. */
const MAY_GROW_KIB = 256;
/** Ports of a round, each with a guest: rte_vhost looks at new sockets once a second, at all of them then. */
export const PORTS = 20;
/** Addresses that a guest has. */
const ADDRESSES = 50;
/** Others for each round up to this, so that they come back when they have aged, at the earliest. */
const KINDS = 1000;
const STAYS = 'stays';
const COMES = Array.from({ length: PORTS }, (_, i) => `g${i}`);
const CAPTURED = [...COMES.slice(0, 3), STAYS];

async function round(world: MemoryWorld, n: number): Promise<void> {
  const { client, guests } = world;
  const listens = COMES.filter((_, i) => (i + n) % 2 === 0);
  const dials = COMES.filter((name) => !listens.includes(name));
  const kind = { packed: n % 2 === 0, mergeable: n % 3 === 0, regions: n % 5 === 0 ? 8 : 1 };
  const options = { ...kind, pairs: n % 4 === 0 ? 4 : 1 };
  for (const name of listens) await world.listen(name, options);
  await world.add(dials);
  await world.add(listens, 'qemu');
  await world.connect(dials, options);
  for (const name of listens) await guests.connect(name);
  await world.capture(CAPTURED);
  // Those of all but one go with their ports; those of that one have to age.
  for (const [i, name] of [...COMES, STAYS].entries())
    await world.learn(name, (PORTS + 1) * (n % KINDS) + i, ADDRESSES);
  for (const name of COMES)
    await client.setPort({ name, guards: 'ipv4,arp', ip_addresses: `10.0.0.${1 + (n % 250)}` });
  await world.endCaptures();
  for (const name of [...dials, STAYS]) {
    await guests.disconnect(name);
    await guests.connect(name);
  }
  const other = await SwitchClient.connect(world.one.socket);
  await other.stats();
  other.close();
  // Half of the guests go before their ports do.
  await world.disconnect(COMES.slice(0, PORTS / 2));
  await world.remove(COMES);
  await world.disconnect(COMES.slice(PORTS / 2));
}

/** So many rounds in a switch of its own leave neither memory nor descriptors behind. */
export function leaveNothing(rounds: number): Promise<void> {
  return MemoryWorld.use({}, async (world) => {
    const { own, descriptors } = await growthOver(world, rounds);
    expect(own).toBeLessThan(MAY_GROW_KIB);
    expect(descriptors).toBe(0);
  });
}

/** What the switch has more after so many rounds than after the first tenth of them. */
async function growthOver(
  world: MemoryWorld,
  rounds: number,
): Promise<{ own: number; descriptors: number }> {
  await world.client.set({ ageing: 1 });
  await world.add([STAYS]);
  await world.connect([STAYS]);
  let n = 0;
  for (; n < rounds / 10; n++) await round(world, n);
  const before = await settled(world.pid);
  for (; n < rounds; n++) await round(world, n);
  const after = await settled(world.pid);
  return { own: after.own - before.own, descriptors: after.descriptors - before.descriptors };
}
