import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Run, run, type Sample } from './figures.js';
import { Generator } from './generator.js';
import type { Counting, Subject } from './subject.js';

const SETTLE_MS = 1000;
const SLICE_MS = 250;

export interface Conditions {
  size: number;
  seconds: number;
  nice: number;
  signal: AbortSignal;
}

/** Starts forwarder and generator, measures, ends both. Leaves nothing behind. */
export async function measure(subject: Subject<Counting>, conditions: Conditions): Promise<Run> {
  const { size, seconds, nice, signal } = conditions;
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-bench-'));
  try {
    const forwarder = await subject.start({ folder, nice, signal });
    try {
      const generator = await Generator.start(forwarder.sockets, {
        size,
        uplink: subject.uplink,
        nice,
        signal,
      });
      try {
        await sleep(SETTLE_MS, undefined, { signal });
        await generator.mark();
        const samples = [await forwarder.sample()];
        for (let n = 0; n < (seconds * 1000) / SLICE_MS; n++) {
          await sleep(SLICE_MS, undefined, { signal });
          samples.push(await forwarder.sample());
        }
        await generator.check();
        return run(samples satisfies Sample[]);
      } finally {
        await generator.stop();
      }
    } finally {
      await forwarder.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
