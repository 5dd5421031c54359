/** Round trips between two guests: of single frames, and of frames at a share of what windows achieve. */
import { Failed } from '../src/values/errors.js';
import { median } from './figures.js';
import type { Place } from './lines.js';
import { checkArrival } from './load.js';
import type { Options } from './options.js';
import { type Placed, placed } from './placed.js';
import type { Report } from './report.js';
import type { Stand } from './stand.js';
import { inTurn, type Step } from './steps.js';
import type { Running, Subject } from './subject.js';

export const LATENCIES = ['ping', 'after 2 ms', '1 %', '50 %'] as const;
export type Kind = (typeof LATENCIES)[number];

/** Long enough for an idle switch to wait or nap. */
const PAUSE_US = 2000;

/** One run; nanoseconds, there and back. */
export interface LatencyRun extends Omit<Placed, 'figures'> {
  subject: string;
  size: number;
  round: number;
  kind: Kind;
  p50: number;
  p99: number;
  p99_9: number;
  /** Round trips a second; the share of them that was lost. */
  rate: number;
  lost: number;
}

export interface LatencySummary
  extends Pick<
    LatencyRun,
    'subject' | 'size' | 'kind' | 'p50' | 'p99' | 'p99_9' | 'rate' | 'lost'
  > {
  place: 'near' | 'far';
  runs: number;
}

export interface LatencyConditions extends Pick<Options, 'rounds' | 'sizes'> {
  stand: Stand;
}

export function latencySteps(
  all: readonly Subject[],
  { rounds, sizes, stand }: LatencyConditions,
  report: Report,
): Step[] {
  const steps: Step[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const size of sizes) {
      for (const subject of inTurn(all, round)) {
        const what = `latency, round ${round}, ${size} B, ${subject.name}`;
        const run = async () => {
          const mine = await stand.use(subject, (running) => runLatency(running, stand, size));
          const runs = report.latency?.runs ?? [];
          runs.push(...mine.map((one) => ({ subject: subject.name, size, round, ...one })));
          report.latency = { runs, summary: summarizeLatency(runs) };
          return mine.map(describe).join('; ');
        };
        steps.push({ what, run });
      }
    }
  }
  return steps;
}

type Figures = Omit<LatencyRun, 'subject' | 'size' | 'round'>;

async function runLatency(running: Running, stand: Stand, size: number): Promise<Figures[]> {
  const { figures } = await placed(running, stand, { length: size, window: 256 });
  checkArrival(figures);
  const rate = figures.tsc_hz / (figures.cycles?.p50 ?? Number.NaN);
  // A round trip is two frames to the switch.
  const echo = (share: number) => ({ mode: 'echo', rate: Math.round((rate * share) / 2) }) as const;
  const all: Figures[] = [];
  for (const [kind, how] of [
    ['ping', { mode: 'ping' }],
    ['after 2 ms', { mode: 'ping', pause: PAUSE_US }],
    ['1 %', echo(0.01)],
    ['50 %', echo(0.5)],
  ] as const) {
    all.push(latencyOf(kind, await placed(running, stand, { length: size, ...how })));
  }
  return all;
}

function latencyOf(kind: Kind, { figures, ...where }: Placed): Figures {
  const { sent, lost, ns, taken = 0, latency, misplaced } = figures;
  const { p50, p99, p99_9 } = latency ?? { p50: null, p99: null, p99_9: null };
  if (p50 === null || p99 === null || p99_9 === null || misplaced > 0) {
    const problem = `of ${sent} frames ${lost} were lost, ${misplaced} went astray`;
    throw new Failed({ thing: 'vhost-load', problem, remedy: 'look at the switch' });
  }
  const rate = sent / ((ns - taken) / 1e9);
  return { ...where, kind, p50, p99, p99_9, rate, lost: lost / sent };
}

function describe({ kind, place, p50, p99, lost }: Figures): string {
  const away = lost > 0 ? `, ${(lost * 100).toFixed(2)} % lost` : '';
  return `${kind} ${place}: p50 ${p50.toFixed(0)}, p99 ${p99.toFixed(0)} ns${away}`;
}

/** Medians over the runs that had one place. */
export function summarizeLatency(runs: readonly LatencyRun[]): LatencySummary[] {
  const summary: LatencySummary[] = [];
  const key = ({ size, kind, subject, place }: LatencyRun) => `${size} ${kind} ${subject} ${place}`;
  for (const run of runs) {
    const { subject, size, kind, place } = run;
    const mine = runs.filter((one) => key(one) === key(run));
    if (!isPlace(place) || mine[0] !== run) continue;
    const over = (pick: (one: LatencyRun) => number) => median(mine.map(pick));
    summary.push({
      ...{ subject, size, kind, place, runs: mine.length },
      p50: over((one) => one.p50),
      p99: over((one) => one.p99),
      p99_9: over((one) => one.p99_9),
      rate: over((one) => one.rate),
      lost: over((one) => one.lost),
    });
  }
  return summary;
}

function isPlace(place: Place): place is 'near' | 'far' {
  return place !== 'moved';
}
