/** TCP segments of 64 KiB between two guests that have agreed to them: what a core copies. */
import { type Quartiles, quartiles } from './figures.js';
import type { Place } from './lines.js';
import { checkArrival, type LoadFigures } from './load.js';
import type { Options } from './options.js';
import { type Placed, placed } from './placed.js';
import type { Report } from './report.js';
import type { Stand } from './stand.js';
import { inTurn, type Step } from './steps.js';
import type { Running, Subject } from './subject.js';

/** Short runs for each round of the others. */
const PASSES = 3;

/** One run; Gbit/s of the frames, by the core that forwards. */
export interface LargeRun extends Omit<Placed, 'figures'> {
  subject: string;
  pass: number;
  frames: number;
  /** Of nine tenths of the windows, and of half of them: they were no slower. */
  p90: number;
  p50: number;
}

/** All runs of a forwarder that had one place. */
export interface LargeSummary {
  subject: string;
  place: 'near' | 'far';
  runs: number;
  best: Quartiles;
  usual: Quartiles;
  /** Its best, divided by Open vSwitch's at the same place. */
  toOvs?: number;
  /** For another build: divided by this one's. */
  toThis?: number;
}

export interface LargeConditions extends Pick<Options, 'rounds'> {
  stand: Stand;
}

export function largeSteps(
  all: readonly Subject[],
  { rounds, stand }: LargeConditions,
  report: Report,
): Step[] {
  const steps: Step[] = [];
  for (let pass = 1; pass <= rounds * PASSES; pass++) {
    for (const subject of inTurn(all, pass)) {
      const run = async () => {
        const mine = await stand.use(subject, (running) => runLarge(running, stand));
        const runs = report.large?.runs ?? [];
        runs.push({ subject: subject.name, pass, ...mine });
        report.large = { runs, summary: summarizeLarge(runs, all) };
        return `${mine.place}: ${mine.p90.toFixed(0)}, usually ${mine.p50.toFixed(0)} Gbit/s`;
      };
      steps.push({ what: `large, pass ${pass}, ${subject.name}`, run });
    }
  }
  return steps;
}

async function runLarge(
  running: Running,
  stand: Stand,
): Promise<Omit<LargeRun, 'subject' | 'pass'>> {
  const { figures, ...where } = await placed(running, stand, { mode: 'large' });
  checkArrival(figures);
  const [p90, p50] = [rate(figures, 'p10'), rate(figures, 'p50')];
  return { ...where, frames: figures.sent, p90, p50 };
}

/** Gbit/s at a quantile of cycles a frame. */
function rate({ bytes, tsc_hz, cycles }: LoadFigures, quantile: 'p10' | 'p50'): number {
  const each = cycles?.[quantile];
  if (!each || !bytes) throw new Error('vhost-load tells no cycles of its windows');
  return ((bytes * 8 * tsc_hz) / each) * 1e-9;
}

/** Runs during which the host moved the processors are left out. */
export function summarizeLarge(
  runs: readonly LargeRun[],
  subjects: readonly { name: string; beside?: string }[],
): LargeSummary[] {
  const places: readonly Place[] = ['near', 'far'];
  return places.flatMap((place) =>
    subjects.flatMap(({ name, beside }) => {
      const of = (subject: string) =>
        runs.filter((run) => run.subject === subject && run.place === place);
      const best = (subject: string) => quartiles(of(subject).map(({ p90 }) => p90));
      const mine = of(name);
      if (mine.length === 0 || place === 'moved') return [];
      const to = (other?: string) =>
        other === undefined || other === name || of(other).length === 0
          ? undefined
          : best(name).median / best(other).median;
      const [toOvs, toThis] = [to('ovs'), to(beside)];
      return [
        {
          ...{ subject: name, place, runs: mine.length },
          ...{ best: best(name), usual: quartiles(mine.map(({ p50 }) => p50)) },
          ...(toOvs !== undefined && { toOvs }),
          ...(toThis !== undefined && { toThis }),
        },
      ];
    }),
  );
}
