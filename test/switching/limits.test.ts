/** What one guest may cost the switch and all others: messages, memory, lines of the log. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { patience } from '../../lab/slow.js';
import { type Bench, withBench } from './bench.js';
import { Guests } from './guests.js';

const ATTACKERS = 8;

const logOf = (bench: Bench) => readFile(join(bench.one.folder, 'test.log'), 'utf8');

/** Resolves when the switch has refused something of this port. */
function refused(bench: Bench, name: string): Promise<true> {
  return until(
    {
      thing: name,
      problem: 'nothing of its guest was refused',
      remedy: "see the switch's log",
      ms: 20_000,
    },
    async () => ((await bench.stats(name)).refused ?? 0) > 0 || undefined,
  );
}

it('guests that never send the second half of a message do not keep another waiting', () =>
  withBench(async (bench) => {
    const attackers = Array.from({ length: ATTACKERS }, () => new Guests());
    let over = false;
    const attacks = attackers.map(async (guests, i) => {
      const name = `m${i}`;
      await bench.add(name, { listen: false });
      await guests.open(name, bench.path(name), { listen: false, later: true });
      return guests.attack(name, 'half-open', { ms: patience(10_000), seed: i + 1 });
    });
    const attacked = Promise.all(attacks).then((done) => {
      over = true;
      return done;
    });
    try {
      await refused(bench, 'm0');
      await bench.plug(['a'], { listen: false });
      // It took 12 s when each of them held the thread that serves all guests.
      expect(over).toBe(false);
      for (const { done } of await attacked) expect(done).toBeGreaterThan(0);
    } finally {
      await Promise.allSettled(attacks);
      for (const guests of attackers) await guests.end();
    }
  }));

it('a guest that sends more messages than it may is cut off, and comes back when it may', () =>
  withBench(async (bench) => {
    await bench.client.set({ message_limit: 1 });
    await bench.add('a', { listen: false });
    // Ten at once are not enough to begin with.
    const opened = bench.guests.open('a', bench.path('a'), { listen: false });
    await refused(bench, 'a');
    expect(await logOf(bench)).toMatch(/port a: .*more messages than --message-limit allows/);
    // It dials a thousand times a second, where QEMU does once: with the usual limit each dial would take what
    // the next one needs, and it could be refused for as long as it goes on.
    await bench.client.set({ message_limit: 1_000_000 });
    await opened;
  }));

it.each([
  ['guest_memory', /port a: its guest sends more memory than --guest-memory allows; refused/],
  ['guest_memory_all', /port a: its guest sends more memory than --guest-memory-all leaves/],
] as const)('a guest that shares more memory than %s is refused', (key, said) =>
  withBench(async (bench) => {
    await bench.client.set({ [key]: 1 });
    await bench.add('a', { listen: false });
    const opened = bench.guests.open('a', bench.path('a'), { listen: false });
    await refused(bench, 'a');
    expect(await logOf(bench)).toMatch(said);
    await bench.client.set({ [key]: 0 });
    await opened;
  }),
);

it('a guest cannot fill the log', () =>
  withBench(async (bench) => {
    await bench.client.set({ log_limit: 1 });
    await bench.plug(['m'], { listen: false });
    await bench.plug(['a'], { listen: false });
    const before = (await logOf(bench)).length;
    const began = Date.now();
    const { done } = await bench.guests.attack('m', 'garbage', { ms: 2000, seed: 1 });
    expect(done).toBeGreaterThan(1000);
    // By name and by path, a line a second each, the number of those left out, and ten at once.
    const seconds = Math.ceil((Date.now() - began) / 1000);
    const lines = (await logOf(bench)).slice(before).split('\n');
    expect(lines.length).toBeLessThan(4 * (10 + seconds) + 50);
    expect((await bench.stats('m')).log_left_out).toBeGreaterThan(1000);
    expect((await bench.stats('a')).log_left_out).toBeLessThan(100);
  }));
