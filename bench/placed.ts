import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failed } from '../src/values/errors.js';
import { ENOUGH } from './figures.js';
import { lineCycles, type Place, placeOf } from './lines.js';
import { Load, type LoadFigures, type LoadOptions } from './load.js';
import { parseStolen } from './parse.js';
import { type Stand, stopped } from './stand.js';
import { nanoseconds, type Running } from './subject.js';

const MILLISECONDS = 300;
/** Asking how far a longer run is would disturb it, as there are but two processors. */
const UNASKED_MS = 1000;

/** A short run of vhost-load, and where the processors were. */
export interface Placed {
  place: Place;
  /** Cycles of a line's round trip before and after. */
  lines: [number, number];
  /** The largest share of the time that others had one of the two processors, 0–1. */
  disturbed: number;
  /**
   * Nanoseconds that others had the forwarder's: other threads, and, in steps of 10 ms, other guests
   * of the host.
   */
  away: number;
  figures: LoadFigures;
}

/**
 * One run between a running forwarder's guests. A cache line's round trip is measured before and
 * after it, on both processors: the load waits for its word meanwhile, and the forwarder is stopped.
 */
export async function placed(
  running: Running,
  { nice, signal }: Stand,
  options: Omit<LoadOptions, 'nice' | 'signal'>,
): Promise<Placed> {
  const { milliseconds = MILLISECONDS } = options;
  const on = {
    ...options,
    ...(running.dials && { listen: running.dials }),
    milliseconds,
    nice,
    signal,
  };
  const load = await Load.start(running.sockets, on);
  try {
    const lines = () => stopped(running, () => lineCycles(nice, signal));
    const forwarder = () => running.process.waited(running.thread);
    const before = await lines();
    const now = async () =>
      [nanoseconds(), await forwarder(), await load.waited(), await stolen()] as const;
    const begin = await now();
    load.go();
    if (milliseconds > UNASKED_MS) await sleep(milliseconds, undefined, { signal });
    const figures = await load.figures();
    const end = await now();
    const after = await lines();
    const waited = Math.max(end[1] - begin[1], end[2] - begin[2]);
    const disturbed = waited / (end[0] - begin[0]);
    if (disturbed > 1 - ENOUGH) throw tooLoud(disturbed);
    const away = end[1] - begin[1] + end[3] - begin[3];
    return { place: placeOf(before, after), lines: [before, after], disturbed, away, figures };
  } finally {
    await load.stop();
  }
}

/** Nanoseconds that other guests of the host had the forwarder's processor. */
async function stolen(): Promise<number> {
  return parseStolen(await readFile('/proc/stat', 'utf8'), 0);
}

function tooLoud(disturbed: number): Failed {
  return new Failed({
    thing: 'processors 0 and 1',
    problem: `others had one for ${(disturbed * 100).toFixed(0)} % of the run`,
    remedy: 'run it when the machine is quieter, or with --nice -15',
  });
}
