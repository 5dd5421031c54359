import { expect, it } from 'vitest';
import {
  type PairStats,
  type PortStats,
  pairRates,
  type Reading,
  ratesBetween,
  type Stats,
} from '../../src/switch/index.js';

const port = (name: string, n: number, drops: Record<string, number> = {}): PortStats => ({
  ...{ name, rx_packets: n, rx_bytes: 100 * n, tx_packets: 2 * n, tx_bytes: 200 * n, drops },
});

const fdb = { entries: 0, capacity: 0, learned: 0, moved: 0, aged: 0, evicted: 0, refused: 0 };

function reading(ms: number, ports: PortStats[], rest: Partial<Stats> = {}): Reading {
  return { ms, stats: { ports, fdb, ...rest } };
}

const lcore = (number: number, busy_cycles: number, busy_packets: number) => ({
  ...{ lcore: number, busy_cycles, busy_packets },
});

it('what grew between two readings, a second', () => {
  const { ports } = ratesBetween(
    reading(1000, [port('a', 10, { ring_full: 4, no_port: 1 })]),
    reading(1500, [port('a', 20, { ring_full: 9, no_port: 1, not_ready: 1 })]),
  );
  expect(ports.get('a')).toEqual({
    ...{ rx_packets: 20, rx_bits: 16_000, tx_packets: 40, tx_bits: 32_000 },
    ...{ drops: 12, reasons: { ring_full: 10, not_ready: 2 } },
  });
});

it('none of a port that is new, that is gone, or whose counters went back', () => {
  const { ports } = ratesBetween(
    reading(0, [
      port('gone', 1),
      port('anew', 5),
      port('dropped', 1, { no_port: 7 }),
      port('a', 1),
    ]),
    reading(1, [port('new', 1), port('anew', 4), port('dropped', 2, { no_port: 3 }), port('a', 1)]),
  );
  expect([...ports.keys()]).toEqual(['a']);
});

it('never a negative one, nor any from readings at one moment', () => {
  const one = reading(7, [port('a', 1)], { lcores: [lcore(0, 1, 1)], tsc: 5 });
  const none = { ports: new Map(), lcores: new Map() };
  expect(ratesBetween(one, one)).toEqual(none);
  expect(ratesBetween({ ...one, ms: 8 }, one)).toEqual(none);
});

it('the load of lcores is by the time stamp counter, 1 at most', () => {
  const { lcores } = ratesBetween(
    reading(0, [], { tsc: 1000, lcores: [lcore(1, 10, 0), lcore(2, 0, 0), lcore(3, 9, 9)] }),
    reading(2000, [], {
      tsc: 2000,
      lcores: [lcore(1, 260, 40), lcore(2, 1001, 1), lcore(3, 8, 9)],
    }),
  );
  // The third one's switch was started anew.
  expect([...lcores]).toEqual([
    [1, { load: 0.25, packets: 20 }],
    [2, { load: 1, packets: 0.5 }],
  ]);
});

it('no loads from a switch that does not say its time stamp counter', () => {
  const lcores = [lcore(0, 1, 1)];
  expect(ratesBetween(reading(0, [], { lcores }), reading(1, [], { lcores })).lcores.size).toBe(0);
});

it('pairs: what grew, the busiest first; nothing of one that is new, idle or was counted anew', () => {
  const pair = (from: string, to: string, packets: number): PairStats => ({
    ...{ from, to, packets, bytes: 100 * packets },
  });
  const before = [pair('a', 'b', 10), pair('b', 'a', 10), pair('a', 'c', 7), pair('c', 'a', 9)];
  const after = [pair('a', 'b', 20), pair('b', 'a', 40), pair('a', 'c', 7), pair('c', 'a', 8)];
  expect(pairRates(before, [...after, pair('d', 'a', 1)], 500)).toEqual([
    { from: 'b', to: 'a', packets: 60, bits: 48_000 },
    { from: 'a', to: 'b', packets: 20, bits: 16_000 },
  ]);
  expect(pairRates(before, after, 0)).toEqual([]);
});
