import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Run, run, type Sample } from './figures.js';
import { checkArrival, Load } from './load.js';
import { type Report, type ScaleCase, type ScaleRun, summarizeScale } from './report.js';
import type { Part, Step } from './steps.js';
import { SWITCH_PAGES, startSwitch } from './vhost-switch.js';

const SLICE_MS = 250;
/** The load's memory: 2 MiB for each of a port's two rings. */
const PAGES_PER_PORT = 2;

/** The others are compared with the first one. */
const CASES: readonly ScaleCase[] = [
  { ports: 2, addresses: 2 },
  { ports: 2, addresses: 2, idle: 200 },
  { ports: 2, addresses: 100_000 },
  { ports: 64, addresses: 64 },
  { ports: 64, addresses: 100_000 },
];

export interface ScaleConditions {
  rounds: number;
  seconds: number;
  nice: number;
  signal: AbortSignal;
}

/**
 * The cost of ports and addresses: frames of 64 bytes, each from another address of its port to
 * another address of another port, so that no look-up can be reused for the next frame.
 */
export function scalePart(conditions: ScaleConditions, report: Report): Part {
  const runs: ScaleRun[] = [];
  const steps: Step[] = [];
  for (let round = 1; round <= conditions.rounds; round++) {
    for (const one of CASES) {
      steps.push({
        what: `scale, round ${round}, ${one.ports} ports, ${one.addresses} addresses, ${one.idle ?? 0} idle`,
        run: async () => {
          const measured = await measureCase(one, conditions);
          runs.push({ ...one, round, ...measured });
          report.scale = summarizeScale(CASES, runs);
          const { cycles, used, slices } = measured;
          return `${cycles.toFixed(0)} cycles/packet, ${used} of ${slices} slices used`;
        },
      });
    }
  }
  const most = Math.max(...CASES.map(({ ports, idle = 0 }) => ports + idle));
  const pages = SWITCH_PAGES + PAGES_PER_PORT * most;
  return { pages, steps };
}

async function measureCase(one: ScaleCase, conditions: ScaleConditions): Promise<Run> {
  const { seconds, nice, signal } = conditions;
  const folder = await mkdtemp(join(tmpdir(), 'vmlane-scale-'));
  try {
    const sockets = Array.from({ length: one.ports + (one.idle ?? 0) }, (_, i) =>
      join(folder, String(i)),
    );
    const forwarder = await startSwitch({ folder, nice, signal }, sockets);
    try {
      const { ports, addresses, idle = 0 } = one;
      const load = await Load.start(sockets, { ports, addresses, idle, nice, signal });
      try {
        load.go();
        const samples: Sample[] = [await forwarder.sample()];
        for (let n = 0; n < (seconds * 1000) / SLICE_MS; n++) {
          await sleep(SLICE_MS, undefined, { signal });
          samples.push(await forwarder.sample());
        }
        load.halt();
        checkArrival(await load.figures());
        return run(samples);
      } finally {
        await load.stop();
      }
    } finally {
      await forwarder.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
