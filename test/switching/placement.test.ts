/** Who polls what: an lcore is chosen for a port, a device's too, kept, and changed under traffic. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Bench, withBench } from './bench.js';
import { frame, mac } from './frames.js';
import { startSwitch } from './start.js';
import { heardAt } from './wire.js';

/** Two lcores, on the processors with the other's number. */
const CROSSED = { lcores: '0@1,1@0' };

const FRAMES = Array.from({ length: 20 }, (_, seed) =>
  frame({ to: mac(2), from: mac(1), length: 100, seed }),
);

/** Frames that each lcore has polled. */
async function polled({ client }: Bench): Promise<number[]> {
  const { lcores = [] } = await client.stats();
  return lcores.map(({ busy_packets }) => busy_packets);
}

/** Who polls each port, and whether an operator said so. */
async function places({ client }: Bench): Promise<Record<string, [number, boolean | undefined]>> {
  const ports = await client.ports();
  return Object.fromEntries(ports.map(({ name, lcore, pinned }) => [name, [lcore, pinned]]));
}

/** A relay of the guest `a` and a device from which all comes that goes in. */
async function joinRing(bench: Bench): Promise<void> {
  await bench.client.addPort({ name: 'w', path: '', device: 'net_ring0', relay: 'r' });
  await bench.plug(['a'], { relay: 'r' });
}

/** What 20 frames from `a` to the device and back add to each lcore's count. */
async function carried(bench: Bench): Promise<number[]> {
  const before = await polled(bench);
  await bench.guests.send('a', FRAMES);
  expect(await heardAt(bench, FRAMES.length)).toEqual({ a: FRAMES });
  return (await polled(bench)).map((count, i) => count - (before[i] ?? 0));
}

describe('a port is polled by its lcore', () => {
  it('a device, too: each direction of a relay where the operator wants it', () =>
    withBench(async (bench) => {
      await joinRing(bench);
      // The ring has a queue for each lcore that sends, and the switch hears the first one only.
      await bench.client.setPort({ name: 'a', lcore: 0 });
      for (const [lcore, expected] of [
        [1, [20, 20]],
        [0, [40, 0]],
        [1, [20, 20]],
      ] as const) {
        await bench.client.setPort({ name: 'w', lcore });
        expect([lcore, await carried(bench)]).toEqual([lcore, expected]);
      }
      expect(await bench.drops()).toEqual({});
    }, CROSSED));

  it('the processor that is shown is the one that the lcore runs on', () =>
    withBench(async ({ client, one }) => {
      const { lcores } = await client.info();
      expect(lcores.map(({ lcore, cpu }) => [lcore, cpu])).toEqual([
        [0, 1],
        [1, 0],
      ]);
      const pid = one.process.pid ?? 0;
      // The main thread is lcore 0.
      const status = await readFile(`/proc/${pid}/task/${pid}/status`, 'utf8');
      expect(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1]).toBe('1');
    }, CROSSED));

  it('moved a hundred times under traffic: nothing is polled twice, nothing is lost for it', () =>
    withBench(async (bench) => {
      await joinRing(bench);
      await bench.client.setPort({ name: 'a', lcore: 0 });
      await bench.plug(['x', 'y'], { relay: 's' });
      await bench.guests.traffic(['x', 'y']);
      for (let i = 0; i < 100; i++)
        for (const name of ['x', 'y', 'w']) await bench.client.setPort({ name, lcore: i % 2 });
      const { directions } = await bench.guests.quiet();
      expect(directions.map(({ repeated, foreign }) => [repeated, foreign])).toEqual([
        [0, 0],
        [0, 0],
      ]);
      expect(await carried(bench)).toEqual([20, 20]);
      // A receiver that is not polled for a moment is still there.
      const gone = Object.keys(await bench.drops()).filter((drop) => !drop.endsWith('ring_full'));
      expect(gone).toEqual([]);
    }, CROSSED));
});

describe('over a restart', () => {
  it.each(['SIGTERM', 'SIGKILL'] as const)('the operator’s choice stays after %s', (signal) =>
    withBench(async (bench) => {
      const { client } = bench;
      await joinRing(bench);
      for (const name of ['b', 'c']) await bench.add(name);
      // Both at the same lcore: it would not choose so.
      for (const name of ['a', 'w']) await client.setPort({ name, lcore: 0 });
      expect(await places(bench)).toMatchObject({ a: [0, true], w: [0, true], b: [0, false] });
      await bench.one.end(signal);
      bench.one = await startSwitch(bench.one.folder, CROSSED);
      const after = await places(bench);
      expect(after).toMatchObject({ a: [0, true], w: [0, true] });
      // The others are the switch's to place, where there is least.
      expect([after.b, after.c]).toEqual([
        [1, false],
        [1, false],
      ]);
      await bench.guests.connect('a');
      expect(await carried(bench)).toEqual([40, 0]);
    }, CROSSED),
  );

  it('it stays with the processor, whatever number its lcore has; and comes back with it', () =>
    withBench(async (bench) => {
      const { client } = bench;
      await bench.add('a');
      await client.setPort({ name: 'a', lcore: 1 });
      const again = async (lcores: string) => {
        await bench.one.end('SIGTERM');
        bench.one = await startSwitch(bench.one.folder, { lcores });
        return (await places(bench)).a;
      };
      // It was lcore 1 on processor 0.
      expect(await again('0@0,1@1')).toEqual([0, true]);
      expect(await again('5@0,6@0')).toEqual([5, true]);
      expect(await again('0@1')).toEqual([0, false]);
      const log = await readFile(join(bench.one.folder, 'test.log'), 'utf8');
      const told =
        'port a: no lcore runs on processor 0, which was chosen for it; lcore 0 polls it';
      expect(log).toContain(told);
      expect(await again('0@1,1@0')).toEqual([1, true]);
      await client.setPort({ name: 'a', lcore: -1 });
      expect(await again('0@1,1@0')).toEqual([0, false]);
    }, CROSSED));

  it('what is no lcore of the switch is refused in one line, and nothing is changed', () =>
    withBench(async (bench) => {
      await bench.add('a');
      const { client } = bench;
      const before = await client.ports();
      for (const lcore of [-2, 7, 128, 1.5, '1', null]) {
        const said = await client
          .setPort({ name: 'a', lcore: lcore as number })
          .then(String, (error: Error) => error.message);
        expect(said).toMatch(/^lcore: [^\n]+ is not possible; give [^\n]+$/);
        expect(await client.ports()).toEqual(before);
      }
    }, CROSSED));
});
