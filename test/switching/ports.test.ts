import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';

it('ports come and go under traffic, and nobody else loses a frame', () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b']);
    await bench.plug(['c', 'd'], { packed: true });
    await bench.guests.traffic(['a', 'b', 'c', 'd']);
    for (let i = 0; i < 12; i++) {
      const options = { listen: i % 3 !== 0, packed: i % 2 === 0 };
      await bench.plug(['x'], options);
      // Half of them while the guest is still there.
      if (i % 4 < 2) await bench.guests.close('x');
      await bench.client.removePort('x');
      if (i % 4 >= 2) await bench.guests.close('x');
    }
    const { directions, reconnects } = await bench.guests.quiet();
    expect(reconnects).toBe(0);
    for (const { sent, received, lost } of directions) {
      expect(sent).toBeGreaterThan(100);
      expect({ received, lost }).toEqual({ received: sent, lost: 0 });
    }
  }));

it('more than 64 ports', () =>
  withBench(async (bench) => {
    const names = Array.from({ length: 80 }, (_, i) => `p${i}`);
    await bench.plug(names.slice(0, 40), { size: 16, listen: false });
    await bench.plug(names.slice(40), { size: 16, packed: true });
    const flooded = frame({ to: BROADCAST, from: mac(0) });
    await bench.guests.send('p0', [flooded]);
    const others = names.slice(1);
    expect(await bench.received()).toEqual(
      Object.fromEntries(others.map((name) => [name, [flooded]])),
    );
    for (const [i, name] of names.entries()) {
      await bench.guests.send(name, [frame({ to: mac(999), from: mac(i) })]);
      await bench.received();
    }
    // Everyone to the one 41 places further.
    for (const [i, name] of names.entries()) {
      const to = (i + 41) % names.length;
      const sent = frame({ to: mac(to), from: mac(i), seed: i });
      await bench.guests.send(name, [sent]);
      expect(await bench.received()).toEqual({ [`p${to}`]: [sent] });
    }
    expect(await bench.drops()).toEqual({});
    expect((await bench.client.ports()).filter(({ state }) => state === 'up')).toHaveLength(80);
  }));

it('guests with several queue pairs', () =>
  withBench(async (bench) => {
    await bench.plug(['a', 'b'], { pairs: 4 });
    await bench.plug(['c'], { pairs: 2, packed: true });
    const sent = [0, 1, 2, 3].map((seed) => frame({ to: BROADCAST, from: mac(1), seed }));
    for (const [pair, one] of sent.entries()) await bench.guests.send('a', [one], { pair });
    const { b = [], c = [], ...others } = await bench.received();
    expect([b.sort(), c.sort(), others]).toEqual([[...sent].sort(), [...sent].sort(), {}]);
    const queues = (await bench.client.ports()).map(({ queues }) => queues);
    expect(queues).toEqual([4, 4, 2]);
    expect(await bench.drops()).toEqual({});
  }));

it('a guest with more queue pairs than it may have is refused', () =>
  withBench(
    async (bench) => {
      await bench.plug(['a'], { pairs: 2, listen: false });
      await bench.add('b', { listen: false });
      const four = { pairs: 4, ms: 300 };
      await expect(bench.guests.open('b', bench.path('b'), four)).rejects.toThrow('refuses');
      expect(await readFile(join(bench.one.folder, 'test.log'), 'utf8')).toMatch(
        /port b: its guest sends a ring beyond .*queue_limit/,
      );
      expect((await bench.client.ports()).map(({ queues }) => queues)).toEqual([2, 0]);
      await bench.guests.close('b');
      await bench.client.set({ queue_limit: 4 });
      await bench.guests.open('b', bench.path('b'), { ...four, ms: 15_000 });
      expect((await bench.client.ports()).map(({ queues }) => queues)).toEqual([2, 4]);
    },
    { own: ['--queue-limit', '2'] },
  ));

it('two cores, and ports on both', () =>
  withBench(
    async (bench) => {
      await bench.plug(['a', 'b', 'c', 'd']);
      const lcores = (await bench.client.ports()).map(({ lcore }) => lcore);
      expect(lcores.filter((lcore) => lcore === 1)).toHaveLength(2);
      await bench.guests.traffic(['a', 'b', 'c', 'd']);
      for (let i = 0; i < 20; i++) await bench.client.stats();
      const { directions } = await bench.guests.quiet();
      const drops = await bench.drops();
      const lost = directions.reduce((sum, direction) => sum + direction.lost, 0);
      // Two cores flood into one ring: one may have to give up, and says so.
      const busy = Object.entries(drops).filter(([name]) => name.endsWith('ring_busy'));
      expect(Object.keys(drops)).toHaveLength(busy.length);
      expect(lost).toBeLessThanOrEqual(busy.reduce((sum, [, count]) => sum + count, 0));
    },
    { lcores: '0@(0-1),1@(0-1)' },
  ));
