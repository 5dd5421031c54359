/** An lcore that has nothing to do waits for guests' kicks (native/datapath/idle.h). */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { Capturing } from '../switch/captured.js';
import { inFolder } from '../switch/folder.js';
import { type Bench, useBench, withBench } from './bench.js';
import { BROADCAST, frame, mac } from './frames.js';
import type { GuestOptions } from './guests.js';
import { makeTap, removeTap, settle, type Tap, tcp } from './tap.js';

const WAITS = { own: ['--idle-wait', '1', '--idle-sleep', '0'] };
const shared = useBench(WAITS);
const taps: Tap[] = [];
/** A guest may lose its processor between a frame and its kick, on a busy machine, and a wait may end just then. */
const ONE = 1;

afterEach(async () => {
  for (const tap of taps.splice(0)) await removeTap(tap);
});

async function lcore(bench: Bench) {
  const { waits = 0, late = 0 } = (await bench.client.stats()).lcores?.[0] ?? {};
  return { waits, late };
}

/** The main thread is the only lcore: S when it waits, R when it polls. */
function stateIs({ one }: Bench, wanted: 'S' | 'R'): Promise<true> {
  const wait = { thing: 'the lcore', problem: `is not ${wanted}`, remedy: '', ms: 60_000 };
  return until(wait, async () => {
    const { pid } = one.process;
    const text = await readFile(`/proc/${pid}/task/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2)[0] === wanted || undefined;
  });
}

/** It has begun another wait, so the one before has ended. */
async function waitsAgain(bench: Bench): Promise<void> {
  const { waits } = await lcore(bench);
  const wait = { thing: 'the lcore', problem: 'does not wait', remedy: '', ms: 60_000 };
  await until(wait, async () => (await lcore(bench)).waits > waits || undefined);
}

/** Two lcores. */
const TWO = { own: WAITS.own, lcores: '0@1,1@0' };

async function waits({ client }: Bench): Promise<number[]> {
  return ((await client.stats()).lcores ?? []).map((one) => one.waits ?? 0);
}

/** Each of them has begun another wait. */
async function allWaitAgain(bench: Bench): Promise<void> {
  const before = await waits(bench);
  const wait = { thing: 'an lcore', problem: 'does not wait', remedy: '', ms: 60_000 };
  await until(wait, async () => {
    const now = await waits(bench);
    return now.every((n, at) => n > (before[at] ?? 0)) || undefined;
  });
}

/** A frame by the queue pair of the guest `a` whose turn it is. */
async function reaches(bench: Bench, turn: number): Promise<void> {
  const sent = frame({ to: BROADCAST, from: mac(1), seed: turn });
  await bench.guests.send('a', [sent], { pair: turn % 4 });
  expect(await bench.received()).toEqual({ b: [sent] });
}

/** Frames were found because of their kicks. */
async function noneWasLate({ client }: Bench): Promise<void> {
  const { lcores = [] } = await client.stats();
  for (const { late } of lcores) expect(late).toBeLessThanOrEqual(ONE);
}

const kinds: [string, GuestOptions][] = [
  ['split rings', {}],
  ['packed rings', { packed: true }],
  ['split rings with event index', { eventIndex: true }],
  ['packed rings with event index', { packed: true, eventIndex: true }],
  ['the header before virtio 1.0', { legacy: true }],
];

describe('a frame wakes it', () => {
  it.each(kinds)('from %s', async (_, options) => {
    const bench = shared();
    await bench.plug(['a', 'b'], { ...options, listen: false });
    const { late } = await lcore(bench);
    // More than the ring holds, each after a wait.
    for (let i = 0; i < 300; i++) {
      const sent = frame({ to: BROADCAST, from: mac(1), seed: i });
      if (i % 30 === 0) await waitsAgain(bench);
      await bench.guests.send('a', [sent]);
      expect(await bench.received()).toEqual({ b: [sent] });
    }
    expect((await lcore(bench)).late).toBeLessThanOrEqual(late + ONE);
  });

  it('from each queue pair of a guest, whose lcores wait one by one', async () => {
    await withBench(async (bench) => {
      await bench.plug(['a', 'b'], { pairs: 4, listen: false });
      const [a] = await bench.client.ports();
      expect(new Set(a?.queue_lcores)).toEqual(new Set([0, 1]));
      for (let i = 0; i < 40; i++) {
        await allWaitAgain(bench);
        await reaches(bench, i);
      }
      await noneWasLate(bench);
    }, TWO);
  });

  it('from a queue pair that moves while the lcore that had it waits, and the other one', () =>
    withBench(async (bench) => {
      await bench.plug(['a', 'b'], { pairs: 4, listen: false });
      for (let i = 0; i < 32; i++) {
        await allWaitAgain(bench);
        const lcore = Math.floor(i / 4) % 2;
        // A whole port's pairs, too: those that have moved one by one come back.
        await bench.client.setPort({ name: 'a', ...(i % 8 !== 7 && { queue: i % 4 }), lcore });
        // Before the next wait begins, and after it.
        await reaches(bench, i);
        await allWaitAgain(bench);
        await reaches(bench, i);
      }
      await noneWasLate(bench);
    }, TWO));

  it('from an interface of the host', async () => {
    const bench = shared();
    for (let i = 0; i < 2; i++) {
      const tap = await makeTap();
      taps.push(tap);
      await bench.client.addPort({ name: tap.name, path: '', interface: tap.name });
      await settle(tap);
    }
    const [a, b] = taps as [Tap, Tap];
    const { late, waits } = await lcore(bench);
    for (let i = 0; i < 3; i++) {
      await waitsAgain(bench);
      await tcp(a, b, 1);
    }
    expect((await lcore(bench)).waits).toBeGreaterThan(waits);
    expect((await lcore(bench)).late).toBeLessThanOrEqual(late + ONE);
  });
});

describe('nothing is stuck', () => {
  it('of a guest that has no eventfd for kicks', async () => {
    const bench = shared();
    await bench.plug(['a', 'b'], { kickless: true, listen: false });
    for (let i = 0; i < 20; i++) {
      const sent = frame({ to: BROADCAST, from: mac(1), seed: i });
      await bench.guests.send('a', [sent]);
      expect(await bench.received()).toEqual({ b: [sent] });
    }
    // While it is there nobody waits, and naps tell nobody that they end.
    expect((await lcore(bench)).late).toBe(0);
  });

  it('of a guest that does not kick, though it may be late', async () => {
    await withBench(async (bench) => {
      await bench.plug(['a', 'b'], { mute: true, listen: false });
      for (let i = 0; i < 5; i++) {
        const sent = frame({ to: BROADCAST, from: mac(1), seed: i });
        await waitsAgain(bench);
        await bench.guests.send('a', [sent]);
        expect(await bench.received()).toEqual({ b: [sent] });
      }
      expect((await lcore(bench)).late).toBeGreaterThan(0);
    }, WAITS);
  });

  it('of a guest that comes back while it waits', async () => {
    const bench = shared();
    await bench.plug(['a', 'b'], { listen: false });
    const { late } = await lcore(bench);
    for (let i = 0; i < 5; i++) {
      const sent = frame({ to: BROADCAST, from: mac(1), seed: i });
      await waitsAgain(bench);
      await bench.guests.disconnect('a');
      await waitsAgain(bench);
      await bench.guests.connect('a');
      await waitsAgain(bench);
      await bench.guests.send('a', [sent]);
      expect(await bench.received()).toEqual({ b: [sent] });
    }
    expect((await lcore(bench)).late).toBeLessThanOrEqual(late + ONE);
  });
});

describe('while it waits', () => {
  it('all methods answer and have their effect', async () => {
    const bench = shared();
    await bench.plug(['a', 'b'], { listen: false });
    await stateIs(bench, 'S');
    await bench.client.setPort({ name: 'a', vlan: 5 });
    await waitsAgain(bench);
    await bench.guests.send('a', [frame({ to: BROADCAST, from: mac(1) })]);
    expect(await bench.received()).toEqual({});
    await waitsAgain(bench);
    await bench.client.setPort({ name: 'a', vlan: 0 });
    const capturing = await Capturing.begin(bench.client, { ports: ['a'] });
    await waitsAgain(bench);
    const sent = frame({ to: BROADCAST, from: mac(1) });
    await bench.guests.send('a', [sent]);
    expect(await bench.received()).toEqual({ b: [sent] });
    expect((await capturing.end()).frames).toMatchObject([{ port: 'a', bytes: sent }]);
    await bench.client.removePort('b');
    expect((await bench.client.ports()).map(({ name }) => name)).toEqual(['a']);
  });

  it('a setting has it poll, and wait again', async () => {
    await withBench(async (bench) => {
      await stateIs(bench, 'S');
      await bench.client.set({ idle_wait: 0 });
      await stateIs(bench, 'R');
      const { waits } = await lcore(bench);
      await bench.add('p', { listen: false });
      expect((await lcore(bench)).waits).toBe(waits);
      await bench.client.set({ idle_wait: 1 });
      await stateIs(bench, 'S');
      expect((await lcore(bench)).waits).toBeGreaterThan(waits);
    }, WAITS);
  });

  it('the switch ends when it is told to', async () => {
    await withBench(async (bench) => {
      await bench.plug(['a'], { listen: false });
      await waitsAgain(bench);
      await bench.one.end('SIGTERM');
      expect(bench.one.process.exitCode).toBe(0);
    }, WAITS);
  });

  it('ends without a write to what its descriptors are by then', () =>
    inFolder(async (folder) => {
      // What has been closed and forgotten is number 0.
      const file = join(folder, 'stdin');
      const stdin = await open(file, 'w+');
      await withBench(
        async (bench) => {
          await bench.plug(['a', 'b'], { listen: false });
          await waitsAgain(bench);
          await bench.one.end('SIGTERM');
        },
        { ...WAITS, stdin: stdin.fd },
      );
      await stdin.close();
      expect((await readFile(file)).toString('hex')).toBe('');
    }));

  it('is what it does by default where no processor is isolated', async () => {
    const lists = ['isolated', 'nohz_full'].map((name) =>
      readFile(join('/sys/devices/system/cpu', name), 'utf8').catch(() => ''),
    );
    const isolated = (await Promise.all(lists)).some((text) => /\d/.test(text));
    await withBench(
      async (bench) => {
        expect((await bench.client.info()).settings.idle_wait).toBe(2);
        if (!isolated) await waitsAgain(bench);
      },
      { own: [] },
    );
  });
});
