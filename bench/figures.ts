import { Failed } from '../src/values/errors.js';

/** A forwarder's counters since its start. */
export interface Sample {
  /** TSC cycles of polls that found packets. */
  busyCycles: number;
  packets: number;
  /** Dropped packets. */
  drops: number;
  /** TSC at about the time of counting, and its rate if the forwarder reports it. */
  tsc: number;
  /** Nanoseconds of a monotonic clock. */
  time: number;
  /** Nanoseconds that the runnable forwarding thread waited for its processor. */
  waited: number;
}

/** The difference of two samples. */
export interface Slice {
  pps: number;
  /** Busy cycles per packet. */
  cycles: number;
  /** Share of the time spent on packets, 0–1. */
  busy: number;
  drops: number;
  /** Share of the time that other threads had the processor, 0–1. */
  disturbed: number;
}

/** One run: the median of its quietest slices. */
export interface Run extends Slice {
  /** Slices used, of the total. */
  used: number;
  slices: number;
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/**
 * Slices in which others had the processor for longer than this do not count: what it took is in the cycles of those
 * that do, so a figure may be too large by as much...
 */
const QUIET = 0.02;
/** ...and this share of the slices has to remain: of fewer no figure is made. */
export const ENOUGH = 1 / 3;

export function median(values: readonly number[]): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

export interface Quartiles {
  q1: number;
  median: number;
  q3: number;
}

/** Of values in any order, by linear interpolation. */
export function quartiles(values: readonly number[]): Quartiles {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = (sorted.length - 1) * share;
    const [low, high] = [Math.floor(place), Math.ceil(place)].map((i) => sorted[i] ?? Number.NaN);
    return (low as number) + ((high as number) - (low as number)) * (place % 1);
  };
  return { q1: at(0.25), median: at(0.5), q3: at(0.75) };
}

export function slice(from: Sample, to: Sample): Slice {
  const packets = to.packets - from.packets;
  const time = to.time - from.time;
  const busyCycles = to.busyCycles - from.busyCycles;
  return {
    pps: packets / (time / 1e9),
    cycles: packets > 0 ? busyCycles / packets : Number.NaN,
    busy: busyCycles / (to.tsc - from.tsc),
    drops: to.drops - from.drops,
    disturbed: (to.waited - from.waited) / time,
  };
}

/**
 * A run's figures from its samples. Others work on the machine, too: a forwarder that waits for
 * its processor in the middle of a burst counts that time as busy, so disturbed slices are left
 * out. Drops are the exception: all count. Throws Failed when too few are quiet.
 */
export function run(samples: readonly Sample[]): Run {
  const slices: Slice[] = [];
  for (const [i, to] of samples.entries()) {
    const from = samples[i - 1];
    if (from) slices.push(slice(from, to));
  }
  const moving = slices.filter(({ cycles }) => !Number.isNaN(cycles));
  const used = moving.filter(({ disturbed }) => disturbed <= QUIET);
  if (used.length < Math.max(1, slices.length * ENOUGH)) {
    throw new Failed({
      thing: 'processor 0',
      problem: `others had it in ${slices.length - used.length} of ${slices.length} slices`,
      remedy: 'run it when the machine is quieter, or with --nice -15',
    });
  }
  const middle = (pick: (one: Slice) => number): number => median(used.map(pick));
  return {
    pps: middle((one) => one.pps),
    cycles: middle((one) => one.cycles),
    busy: middle((one) => one.busy),
    drops: slices.reduce((sum, one) => sum + one.drops, 0),
    disturbed: middle((one) => one.disturbed),
    used: used.length,
    slices: slices.length,
  };
}
