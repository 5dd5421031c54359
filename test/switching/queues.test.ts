/** Queue pairs of one guest on several lcores: who polls them, pins, the balancer, and each flow's order. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/poll.js';
import { vmlane } from '../cli/test-io.js';
import { type Bench, withBench } from './bench.js';
import type { Flows } from './guests.js';
import { startSwitch } from './start.js';

/** Two lcores, on the processors with the other's number. */
const CROSSED = { lcores: '0@1,1@0' };
const PAIRS = 4;
/** Of one queue pair, from an lcore to the other. */
const MOVES = 3000;

/** What flows are when nothing is wrong. */
const IN_ORDER = { missing: 0, early: 0, late: 0, moved: 0, foreign: 0 };

/** By port: the lcores of its queue pairs, and those that an operator has chosen. */
async function places({ client }: Bench): Promise<Record<string, [number[], number[]]>> {
  const ports = await client.ports();
  return Object.fromEntries(
    ports.map(({ name, queue_lcores, pinned_queues }) => [
      name,
      [queue_lcores ?? [], pinned_queues ?? []],
    ]),
  );
}

/** Two guests with several queue pairs. */
async function plugTwo(bench: Bench, options: { packed?: boolean; relay?: string } = {}) {
  await bench.plug(['a', 'b'], { pairs: PAIRS, ...options });
}

function expectInOrder(flows: Flows): void {
  expect(flows).toMatchObject(IN_ORDER);
  expect(flows.received).toBe(flows.sent);
  // Each of them went on.
  expect(flows.least).toBeGreaterThan(PAIRS);
}

describe('queue pairs of one guest', () => {
  it('are shared out by the number that each lcore has; info and ports show it', () =>
    withBench(async (bench) => {
      await plugTwo(bench);
      const { a: [a] = [[]], b: [b] = [[]] } = await places(bench);
      for (const pairs of [a, b])
        expect([pairs.length, pairs.filter((lcore) => lcore === 0).length]).toEqual([4, 2]);
      const { lcores } = await bench.client.info();
      expect(lcores.map(({ ports, queues }) => [ports, queues])).toEqual([
        [2, 4],
        [2, 4],
      ]);
      expect(await told(bench, 'switch ports')).toContain(a.join(','));
      await bench.guests.flows(['a', 'b'], 2);
      const before = await polled(bench);
      const busy = { thing: 'an lcore', problem: 'polls no frame', remedy: 'see', ms: 30_000 };
      await until(busy, async () => {
        const now = await polled(bench);
        return now.every((frames, i) => frames > (before[i] ?? 0)) || undefined;
      });
      expectInOrder(await bench.guests.still());
    }, CROSSED));

  it.each([
    ['split', {}],
    ['packed', { packed: true }],
    ['of a relay', { relay: 'r' }],
  ] as const)(
    '%s: moved 3,000 times, each flow in order, each frame once, none lost',
    (_, options) =>
      withBench(async (bench) => {
        await plugTwo(bench, options);
        await bench.guests.flows(['a', 'b'], 3);
        for (let i = 0; i < MOVES; i++) {
          const queue = i % PAIRS;
          const lcore = Math.floor(i / PAIRS) % 2;
          const name = Math.floor(i / (2 * PAIRS)) % 2 ? 'a' : 'b';
          await bench.client.setPort({ name, queue, lcore });
        }
        expectInOrder(await bench.guests.still());
        expect(await bench.drops()).toEqual({});
      }, CROSSED),
  );

  it('stay in order while the whole port moves, too', () =>
    withBench(async (bench) => {
      await plugTwo(bench);
      await bench.guests.flows(['a', 'b']);
      for (let i = 0; i < 300; i++)
        await bench.client.setPort({ name: i % 2 ? 'a' : 'b', lcore: [0, 1, -1][i % 3] as number });
      expectInOrder(await bench.guests.still());
      expect(await bench.drops()).toEqual({});
    }, CROSSED));
});

describe('an operator’s choice', () => {
  it('is one pair’s or the whole port’s, and stays over a restart', () =>
    withBench(async (bench) => {
      await plugTwo(bench);
      await told(bench, 'switch set a --pin 1');
      expect((await places(bench)).a).toEqual([[0, 0, 0, 0], []]);
      await told(bench, 'switch set a --queue 2 --pin 0');
      await told(bench, 'switch set a --queue 3 --lcore 1');
      expect((await places(bench)).a).toEqual([
        [0, 0, 1, 1],
        [2, 3],
      ]);
      await told(bench, 'switch set a --queue 3 --pin none');
      expect((await places(bench)).a).toEqual([[0, 0, 1, 0], [2]]);
      await bench.one.end('SIGKILL');
      bench.one = await startSwitch(bench.one.folder, CROSSED);
      // Before its guest is there again, what was chosen is known.
      expect((await places(bench)).a).toEqual([[0, 0, 1], [2]]);
      for (const name of ['a', 'b']) await bench.guests.connect(name);
      expect((await places(bench)).a).toEqual([[0, 0, 1, 0], [2]]);
      // The port's choice is for all of them.
      await told(bench, 'switch set a --pin 1');
      expect((await places(bench)).a).toEqual([[0, 0, 0, 0], []]);
    }, CROSSED));

  it('is refused for what has no such lcore or queue pair', () =>
    withBench(async (bench) => {
      await bench.client.addPort({ name: 'w', path: '', device: 'net_ring0' });
      await plugTwo(bench);
      const before = await places(bench);
      for (const [change, said] of [
        [{ name: 'a', queue: 1 }, 'lcore: '],
        [{ name: 'a', queue: 1, lcore: 7 }, 'lcore: '],
        [{ name: 'a', queue: 128, lcore: 0 }, 'queue: '],
        [{ name: 'a', queue: -1, lcore: 0 }, 'queue: '],
        [{ name: 'w', queue: 0, lcore: 0 }, 'queue: '],
      ] as const) {
        const answer = await bench.client.setPort(change).then(String, (error) => error.message);
        expect([change, answer.startsWith(said), answer]).toEqual([change, true, answer]);
      }
      expect(await places(bench)).toEqual(before);
    }, CROSSED));
});

describe('the balancer', () => {
  it('moves queue pairs of one guest apart, and says which', () =>
    withBench(async (bench) => {
      const { client } = bench;
      await plugTwo(bench);
      // All of the load on one lcore, and free to go.
      for (const name of ['a', 'b'])
        for (let queue = 0; queue < PAIRS; queue++) await client.setPort({ name, queue, lcore: 0 });
      await bench.guests.flows(['a', 'b'], 2);
      const quick = { balance_interval: 1, balance_sensitivity: 1, balance: 1 };
      await client.set(quick);
      const log = () => readFile(join(bench.one.folder, 'test.log'), 'utf8');
      const pinned = await places(bench);
      await looks(3);
      expect(await places(bench)).toEqual(pinned);
      expect(await log()).not.toContain('whose loads were');
      // Only those of `a` may go: chosen anew they are apart, and the balancer has b's on lcore 0 to make up for.
      for (let queue = 0; queue < PAIRS; queue++)
        await client.setPort({ name: 'a', queue, lcore: -1 });
      const wait = { thing: 'a pair', problem: 'does not move', remedy: 'see the log', ms: 60_000 };
      await until(
        wait,
        async () => /port a(, queue pair \d)?: moved from/.test(await log()) || undefined,
      );
      expectInOrder(await bench.guests.still());
    }, CROSSED));
});

/** Frames that each lcore has polled. */
async function polled({ client }: Bench): Promise<number[]> {
  const { lcores = [] } = await client.stats();
  return lcores.map(({ busy_packets }) => busy_packets);
}

/** Time for the balancer to look so many times. */
function looks(times: number): Promise<void> {
  return sleep(times * 1000);
}

/** What a command that is done prints. */
async function told(bench: Bench, line: string): Promise<string> {
  const { status, out, err } = await vmlane([
    ...line.split(' '),
    '--control-socket',
    bench.one.socket,
  ]);
  expect([line, status, status === 0 ? '' : err]).toEqual([line, 0, '']);
  return out;
}
