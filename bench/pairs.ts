/** Guest to guest: short runs of full windows, of one forwarder after the other. */
import { type Quartiles, quartiles } from './figures.js';
import type { Place } from './lines.js';
import { checkArrival, type Quantiles } from './load.js';
import type { Options } from './options.js';
import { type Placed, placed } from './placed.js';
import type { Report } from './report.js';
import type { Stand } from './stand.js';
import { inTurn, type Step } from './steps.js';
import type { Named, Running, Subject } from './subject.js';

/** All that a ring holds. */
export const WINDOW = 256;
/** Short runs for each round of the others. */
export const PASSES = 5;

/** One run. */
export interface PairRun extends Omit<Placed, 'figures'> {
  subject: string;
  size: number;
  pass: number;
  frames: number;
  /** TSC cycles a frame, over windows. */
  cycles: Quantiles;
}

/** All runs of a forwarder with frames of one size that had one place. */
export interface PairSummary {
  subject: string;
  size: number;
  place: 'near' | 'far';
  runs: number;
  /** Over runs, of each run's quantile over windows: what is undisturbed, and what is usual. */
  p10: Quartiles;
  p50: Quartiles;
  /** Its p10 divided by another's, at the same place. */
  toBare?: number;
  toTestpmd?: number;
  toOvs?: number;
  /** For another build: by this one's. */
  toThis?: number;
}

export interface PairConditions extends Pick<Options, 'rounds' | 'sizes'> {
  stand: Stand;
  /** runPair(). */
  measure: typeof runPair;
}

/** Adds a run to the report. */
type Record = (run: PairRun) => void;

export function pairSteps(all: readonly Subject[], on: PairConditions, report: Report): Step[] {
  return passes(all, on, (run) => {
    const runs = report.pairs?.runs ?? [];
    runs.push(run);
    report.pairs = { runs, summary: summarizePairs(runs, report.subjects) };
  });
}

/** Each subject at each size once a pass; every second pass in reverse order. */
export function passes(all: readonly Subject[], on: PairConditions, record: Record): Step[] {
  const steps: Step[] = [];
  for (let pass = 1; pass <= on.rounds * PASSES; pass++) {
    for (const size of on.sizes) {
      for (const subject of inTurn(all, pass)) {
        steps.push({
          what: `pass ${pass}, ${size} B, ${subject.name}`,
          run: async () => {
            const { measure, stand } = on;
            const run = await stand.use(subject, (running) => measure(running, stand, size));
            record({ subject: subject.name, size, pass, ...run });
            return describe(run);
          },
        });
      }
    }
  }
  return steps;
}

export type Figures = Omit<PairRun, 'subject' | 'size' | 'pass'>;

/** back: what comes to the second side is sent back. */
export async function runPair(
  running: Running,
  stand: Stand,
  size: number,
  mode: 'window' | 'back' = 'window',
): Promise<Figures> {
  const { figures, ...where } = await placed(running, stand, {
    ...{ length: size, window: WINDOW, mode },
  });
  checkArrival(figures);
  if (!figures.cycles) throw new Error('vhost-load tells no cycles of its windows');
  return { ...where, frames: figures.sent, cycles: figures.cycles };
}

function describe({ place, lines, disturbed, cycles }: Figures): string {
  const [p10, p50] = [cycles.p10, cycles.p50].map((value) => value?.toFixed(0));
  return (
    `${place} (a line ${lines.map((line) => line.toFixed(0)).join(', ')} cycles), p10 ${p10}, ` +
    `p50 ${p50} cycles a frame, ${(disturbed * 100).toFixed(1)} % disturbed`
  );
}

/** Runs during which the host moved the processors are in no summary. */
export function summarizePairs(
  runs: readonly PairRun[],
  subjects: readonly Named[],
): PairSummary[] {
  const sizes = [...new Set(runs.map(({ size }) => size))].sort((a, b) => a - b);
  return sizes.flatMap((size) =>
    subjects.flatMap(({ name, beside }) =>
      (['near', 'far'] as const).flatMap((place) => {
        const of = (subject: string) =>
          runs.filter((run) => run.subject === subject && run.size === size && run.place === place);
        const mine = of(name);
        const p10 = over(mine, 'p10');
        const to = (other: string | undefined): number | undefined =>
          other === undefined || other === name || of(other).length === 0
            ? undefined
            : p10.median / over(of(other), 'p10').median;
        const ratios = {
          toBare: to('bare'),
          toTestpmd: to('testpmd'),
          toOvs: to('ovs'),
          toThis: to(beside),
        };
        const known = Object.entries(ratios).filter(([, ratio]) => ratio !== undefined);
        const about = { subject: name, size, place, runs: mine.length };
        return mine.length === 0
          ? []
          : [{ ...about, p10, p50: over(mine, 'p50'), ...Object.fromEntries(known) }];
      }),
    ),
  );
}

function over(runs: readonly PairRun[], quantile: keyof Quantiles): Quartiles {
  return quartiles(runs.flatMap(({ cycles }) => cycles[quantile] ?? []));
}

/** Places without a run, so that nobody takes a silence for a result. */
export function withoutRuns(report: Report): string[] {
  const { runs = [], summary = [] } = report.pairs ?? {};
  const sizes = [...new Set(runs.map(({ size }) => size))].sort((a, b) => a - b);
  const places = (['near', 'far'] as const).filter((place) =>
    summary.some((one) => one.place === place),
  );
  return sizes.flatMap((size) =>
    report.subjects.flatMap(({ name }) => {
      const mine = runs.filter((run) => run.subject === name && run.size === size);
      const missing = places.filter((place: Place) => !mine.some((run) => run.place === place));
      return mine.length > 0 && missing.length > 0
        ? [`no run of ${name} with ${size} B was ${missing.join(' or ')}`]
        : [];
    }),
  );
}
