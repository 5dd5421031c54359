/** The no-drop rate of forwarders, by RFC 2544 (section 26.1), beside what full windows achieve. */
import { Failed } from '../src/values/errors.js';
import { median } from './figures.js';
import type { Place } from './lines.js';
import { checkArrival, type LoadFigures } from './load.js';
import type { Options } from './options.js';
import { WINDOW } from './pairs.js';
import { placed } from './placed.js';
import type { Report } from './report.js';
import { forLoad, PASSINGS, type Scenario } from './scenarios.js';
import { boundsOf, judge, nextRate, type Verdict } from './search.js';
import type { Stand } from './stand.js';
import { inTurn, type Step } from './steps.js';
import type { Running, Subject } from './subject.js';

/** Of the first rate, which is this much above what windows achieve. */
export const RESOLUTION = 0.01;
const ABOVE = 2;
/** So often is a rate tried again whose trials do not count; then it counts as one that loses frames. */
const REPEATS = 4;
/** Of a search, at most. */
const TRIALS = 80;

/** One search. */
export interface NoDropRun {
  scenario: Scenario;
  subject: string;
  size: number;
  round: number;
  place: 'near' | 'far';
  /** Frames a second, one way, or there and back: no frame was lost, and at `failed` some were. */
  rate: number;
  failed: number;
  /** At least: the load could not send more, or the first rate passed. */
  loadBound: boolean;
  /** Of full windows, just before: TSC cycles a frame each time it passes, and that many frames. */
  cycles: number;
  windows: number;
  trials: number;
  repeated: number;
  /** A rate failed although others may have been the reason: the figure may be too low. */
  disturbed: boolean;
}

/** All searches of a forwarder that had one place: medians. */
export interface NoDropSummary
  extends Pick<NoDropRun, 'scenario' | 'subject' | 'size' | 'place' | 'rate' | 'cycles'> {
  loadBound: boolean;
  disturbed: boolean;
  /** Its rate by what windows achieve. */
  share: number;
  runs: number;
}

export interface NoDropConditions extends Pick<Options, 'rounds' | 'sizes' | 'trialSeconds'> {
  stand: Stand;
}

export function noDropSteps(
  scenario: Scenario,
  all: readonly Subject[],
  { rounds, sizes, trialSeconds, stand }: NoDropConditions,
  report: Report,
): Step[] {
  const steps: Step[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const size of sizes) {
      for (const subject of inTurn(all, round)) {
        const run = async () => {
          const found = await stand.use(subject, (running) =>
            search(trialsOf(forLoad(running, scenario), stand, { scenario, size, trialSeconds })),
          );
          const runs = report.rfc2544?.runs ?? [];
          runs.push({ scenario, subject: subject.name, size, round, ...found });
          report.rfc2544 = { trialSeconds, resolution: RESOLUTION, runs, summary: overAll(runs) };
          return describe(found);
        };
        steps.push({
          what: `rfc2544, ${scenario}, round ${round}, ${size} B, ${subject.name}`,
          run,
        });
      }
    }
  }
  return steps;
}

type Found = Omit<NoDropRun, 'scenario' | 'subject' | 'size' | 'round'>;

/** What a search asks: windows once, then trials. */
export interface Trials {
  windows: () => Promise<{ cycles: number; rate: number; place: Place }>;
  trial: (rate: number) => Promise<{ figures: LoadFigures; away: number; place: Place }>;
}

function trialsOf(
  running: Running,
  stand: Stand,
  { scenario, size, trialSeconds }: { scenario: Scenario; size: number; trialSeconds: number },
): Trials {
  const back = scenario === 'loopback';
  return {
    windows: async () => {
      const mode = back ? 'back' : 'window';
      const { figures, place } = await placed(running, stand, {
        length: size,
        window: WINDOW,
        mode,
      });
      checkArrival(figures);
      const cycles = figures.cycles?.p50;
      if (!cycles) throw new Error('vhost-load tells no cycles of its windows');
      return { cycles, rate: figures.tsc_hz / cycles / PASSINGS[scenario], place };
    },
    trial: (rate) =>
      placed(running, stand, {
        ...{ length: size, mode: back ? 'echo' : 'paced', count: true, rate },
        milliseconds: trialSeconds * 1000,
      }),
  };
}

/**
 * The host may move the processors between two trials, so there is a search for either place, and a
 * trial counts in the one of its own; the first that ends is the result.
 */
export async function search(on: Trials): Promise<Found> {
  const { cycles, rate: windows, place: first } = await on.windows();
  const limit = windows * ABOVE;
  const verdicts: (Verdict & { place: Place })[] = [];
  let place = first === 'moved' ? 'near' : first;
  let [trials, repeated, inARow] = [0, 0, 0];
  let disturbed = false;
  const found = (at: 'near' | 'far', bound?: number): Found => {
    const mine = verdicts.filter((one) => one.place === at);
    const [rate, failed] = boundsOf(mine, limit);
    const loadBound = bound !== undefined || rate >= failed;
    const counts = { trials, repeated, disturbed };
    return { place: at, rate: bound ?? rate, failed, loadBound, cycles, windows, ...counts };
  };
  for (;;) {
    const mine = verdicts.filter((one) => one.place === place);
    const rate = nextRate(mine, { limit, resolution: RESOLUTION });
    if (rate === undefined) return found(place);
    if (trials >= TRIALS) throw noVerdict(rate, trials);
    const one = await on.trial(rate);
    const { sent, lost, misplaced, ns, taken = 0, stalled = 0 } = one.figures;
    if (misplaced > 0) checkArrival(one.figures);
    trials++;
    const offered = sent / ((ns - taken) / 1e9);
    const stalledNs = one.figures.stalled_ns ?? 0;
    const verdict = judge({ rate, offered, lost, stalled, stalledNs, away: one.away, taken });
    const again = verdict === 'repeat' && inARow++ < REPEATS;
    if (one.place === 'moved' || again) {
      repeated++;
      continue;
    }
    disturbed ||= verdict === 'repeat';
    [place, inARow] = [one.place, 0];
    if (verdict === 'slow') return found(place, offered);
    verdicts.push({ rate, passed: verdict === 'passed', place });
  }
}

function noVerdict(rate: number, trials: number): Failed {
  return new Failed({
    thing: 'processors 0 and 1',
    problem: `${trials} trials, the last one at ${mega(rate)} Mpps, were not enough: others had one, or the host moved them`,
    remedy:
      'run it when the machine is quieter, with --nice -15, or with a shorter --trial-seconds',
  });
}

function describe(found: Found): string {
  const { place, rate, loadBound, cycles, windows, trials, repeated, disturbed } = found;
  const more = loadBound ? 'at least ' : '';
  return (
    `${place}: ${more}${mega(rate)} Mpps without loss, windows ${mega(windows)} Mpps at ` +
    `${cycles.toFixed(0)} cycles a frame; ${trials} trials, ${repeated} of them repeated${disturbed ? ', disturbed' : ''}`
  );
}

const mega = (rate: number): string => (rate / 1e6).toFixed(2);

export function overAll(runs: readonly NoDropRun[]): NoDropSummary[] {
  const key = ({ scenario, size, subject, place }: NoDropRun) =>
    `${scenario} ${size} ${subject} ${place}`;
  return runs.flatMap((run, i) => {
    const mine = runs.filter((one) => key(one) === key(run));
    if (runs.findIndex((one) => key(one) === key(run)) !== i) return [];
    const { scenario, subject, size, place } = run;
    const over = (pick: (one: NoDropRun) => number) => median(mine.map(pick));
    return [
      {
        ...{ scenario, subject, size, place, runs: mine.length },
        ...{ rate: over((one) => one.rate), cycles: over((one) => one.cycles) },
        share: over((one) => one.rate / one.windows),
        loadBound: mine.some((one) => one.loadBound),
        disturbed: mine.some((one) => one.disturbed),
      },
    ];
  });
}
