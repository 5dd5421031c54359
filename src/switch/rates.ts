/** Rates from two readings of a switch's counters. Pure: knows no clock and no switch. */
import type { LcoreStats, PairStats, PortStats, Stats } from '../contract/types.js';

/** A port's traffic a second. rx: from the guest or device, tx: to it. */
export interface PortRates {
  rx_packets: number;
  rx_bits: number;
  tx_packets: number;
  tx_bits: number;
  /** All dropped frames. */
  drops: number;
  /** Those by reason, without those of which there were none. */
  reasons: Record<string, number>;
}

/** What a forwarding lcore does. */
export interface LcoreRates {
  /** Part of its time in rounds that found frames, from 0 to 1. */
  load: number;
  /** Frames of these rounds, a second. */
  packets: number;
}

/** Rates by port's name and lcore's number: of those that were there all the time. */
export interface Rates {
  ports: Map<string, PortRates>;
  lcores: Map<number, LcoreRates>;
}

/** A reading, and when it was made, in milliseconds of a clock that only goes forward. */
export interface Reading {
  stats: Stats;
  ms: number;
}

/**
 * The rates between two readings. A port whose counters went back was made anew, or its switch was started anew, so
 * it has none yet, like one that is new.
 */
export function ratesBetween(before: Reading, after: Reading): Rates {
  const seconds = (after.ms - before.ms) / 1000;
  const rates: Rates = { ports: new Map(), lcores: new Map() };
  if (!(seconds > 0)) return rates;
  const earlier = new Map(before.stats.ports.map((port) => [port.name, port]));
  for (const port of after.stats.ports) {
    const then = earlier.get(port.name);
    const found = then && portRates(then, port, seconds);
    if (found) rates.ports.set(port.name, found);
  }
  const cycles = (after.stats.tsc ?? 0) - (before.stats.tsc ?? 0);
  const busy = new Map((before.stats.lcores ?? []).map((lcore) => [lcore.lcore, lcore]));
  for (const lcore of after.stats.lcores ?? []) {
    const then = busy.get(lcore.lcore);
    const found = then && lcoreRates(then, lcore, cycles, seconds);
    if (found) rates.lcores.set(lcore.lcore, found);
  }
  return rates;
}

/** What goes from a port to another, a second. */
export interface PairRates {
  from: string;
  to: string;
  packets: number;
  bits: number;
}

/** Those of two readings that many milliseconds apart, the busiest first; without those that were in one only. */
export function pairRates(
  before: readonly PairStats[],
  after: readonly PairStats[],
  ms: number,
): PairRates[] {
  if (!(ms > 0)) return [];
  const seconds = ms / 1000;
  const key = ({ from, to }: PairStats) => `${from} ${to}`;
  const earlier = new Map(before.map((pair) => [key(pair), pair]));
  const rates = after.flatMap((pair) => {
    const then = earlier.get(key(pair));
    // It went back: the pair lost its place meanwhile, or was counted anew.
    if (!then || pair.packets < then.packets || pair.bytes < then.bytes) return [];
    const { from, to } = pair;
    const packets = (pair.packets - then.packets) / seconds;
    return { from, to, packets, bits: (8 * (pair.bytes - then.bytes)) / seconds };
  });
  return rates.filter(({ packets }) => packets > 0).sort((a, b) => b.bits - a.bits);
}

const COUNTERS = ['rx_packets', 'rx_bytes', 'tx_packets', 'tx_bytes'] as const;

function portRates(before: PortStats, after: PortStats, seconds: number): PortRates | undefined {
  if (COUNTERS.some((key) => after[key] < before[key])) return undefined;
  const reasons: Record<string, number> = {};
  let drops = 0;
  for (const [reason, count] of Object.entries(after.drops)) {
    const grown = count - (before.drops[reason] ?? 0);
    if (grown < 0) return undefined;
    if (grown === 0) continue;
    reasons[reason] = grown / seconds;
    drops += grown / seconds;
  }
  const rate = (key: (typeof COUNTERS)[number]) => (after[key] - before[key]) / seconds;
  return {
    rx_packets: rate('rx_packets'),
    rx_bits: 8 * rate('rx_bytes'),
    tx_packets: rate('tx_packets'),
    tx_bits: 8 * rate('tx_bytes'),
    drops,
    reasons,
  };
}

function lcoreRates(
  before: LcoreStats,
  after: LcoreStats,
  cycles: number,
  seconds: number,
): LcoreRates | undefined {
  const busy = after.busy_cycles - before.busy_cycles;
  const packets = after.busy_packets - before.busy_packets;
  // A switch of a former version says no time stamp counter.
  if (busy < 0 || packets < 0 || !(cycles > 0)) return undefined;
  // Counters are read one after the other, while the lcore works.
  return { load: Math.min(1, busy / cycles), packets: packets / seconds };
}
