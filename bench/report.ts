import { median, type Run, type Spread, spread } from './figures.js';
import type { LargeRun, LargeSummary } from './large.js';
import type { LatencyRun, LatencySummary } from './latency.js';
import type { Machine } from './machine.js';
import type { PairRun, PairSummary } from './pairs.js';
import type { NoDropRun, NoDropSummary } from './rfc2544.js';
import type { ScenarioRun, ScenarioSummary } from './scenarios.js';
import type { NotMeasured } from './steps.js';
import type { Named } from './subject.js';

/** One measured run of one subject. */
export interface Measured extends Run {
  subject: string;
  size: number;
  round: number;
}

/** All rounds of one subject at one frame size. */
export interface Summary {
  subject: string;
  size: number;
  /** Rounds with a result. */
  rounds: number;
  pps: Spread;
  cycles: Spread;
  /** Share of its time that the forwarder was busy, 0–1. */
  busy: number;
  drops: number;
  /** Its cycles divided by testpmd's of the same round: the median. */
  toTestpmd?: number;
  /** For another build: its cycles divided by this build's of the same round. */
  toThis?: Spread;
  /** The forwarder had time to spare: packets per second are the generator's. */
  generatorBound: boolean;
  /** Others had the processor for much of the time, even in the slices used. */
  disturbed: boolean;
}

/** All results of a run of the benchmark. */
export interface Report {
  date: string;
  machine: Machine;
  versions: Record<string, string>;
  /** Subjects that cannot run here, and why. */
  missing: Record<string, string>;
  /** In the order of a round, or a pass. */
  subjects: Named[];
  rounds: number;
  seconds: number;
  /** Guest to guest. */
  pairs?: { runs: PairRun[]; summary: PairSummary[] };
  latency?: { runs: LatencyRun[]; summary: LatencySummary[] };
  large?: { runs: LargeRun[]; summary: LargeSummary[] };
  rfc2544?: {
    trialSeconds: number;
    resolution: number;
    runs: NoDropRun[];
    summary: NoDropSummary[];
  };
  scenarios?: { runs: ScenarioRun[]; summary: ScenarioSummary[] };
  /** Between a guest and a device. */
  runs: Measured[];
  summary: Summary[];
  scale?: ScaleSummary;
  start?: StartSummary[];
  specs?: SpecSummary[];
  /** Measurements without a result: all at the beginning, none in the end if all succeed. */
  notMeasured: NotMeasured[];
}

/** One start of the switch. */
export interface StartRun {
  /** Milliseconds from its start to its first vhost-user socket. */
  socketMs: number;
  residentMiB: number;
  hugeMiB: number;
}

export interface StartSummary {
  pages: 'huge pages' | 'ordinary pages';
  socketMs: Spread;
  residentMiB: number;
  hugeMiB: number;
}

/** Domains per second from a spec, by one way. */
export interface SpecSummary {
  name: string;
  perSecond: Spread;
}

/** One case of the scale benchmark. */
export interface ScaleCase {
  ports: number;
  addresses: number;
  /** Further ports, whose guests are silent. */
  idle?: number;
}

export interface ScaleRun extends ScaleCase, Run {
  round: number;
}

export interface ScaleSummary {
  runs: ScaleRun[];
  /** Ratio: cycles divided by those of the first case in the same round, the median. */
  cases: { name: string; cycles: Spread; ratio: number }[];
}

export function summarizeScale(cases: readonly ScaleCase[], runs: ScaleRun[]): ScaleSummary {
  const of = ({ ports, addresses, idle }: ScaleCase): ScaleRun[] =>
    runs.filter((run) => run.ports === ports && run.addresses === addresses && run.idle === idle);
  const first = cases[0] ? of(cases[0]) : [];
  return {
    runs,
    cases: cases.flatMap((one) => {
      const mine = of(one);
      if (mine.length === 0) return [];
      const ratios = mine.flatMap(({ round, cycles }) => {
        const other = first.find((run) => run.round === round);
        return other ? [cycles / other.cycles] : [];
      });
      const { ports, addresses, idle = 0 } = one;
      return [
        {
          name: `${ports} ports, ${addresses.toLocaleString('en')} addresses${idle > 0 ? `, ${idle} idle ports` : ''}`,
          cycles: spread(mine.map(({ cycles }) => cycles)),
          ratio: median(ratios),
        },
      ];
    }),
  };
}

/** Below this share of busy time, the generator is the bottleneck. */
const SATURATED = 0.9;
const DISTURBED = 0.02;

/** Rounds become medians; ratios are taken within each round, where conditions are the same. */
export function summarize(runs: readonly Measured[], subjects: readonly Named[]): Summary[] {
  const sizes = [...new Set(runs.map(({ size }) => size))].sort((a, b) => a - b);
  return sizes.flatMap((size) =>
    subjects.flatMap((subject) => {
      const mine = runs.filter((run) => run.subject === subject.name && run.size === size);
      return mine.length > 0 ? [summary(subject, mine, runs)] : [];
    }),
  );
}

function summary(
  { name, beside }: Named,
  mine: readonly Measured[],
  all: readonly Measured[],
): Summary {
  const busy = median(mine.map((run) => run.busy));
  const toTestpmd = ratios('testpmd', mine, all);
  const toThis = beside === undefined ? [] : ratios(beside, mine, all);
  return {
    subject: name,
    size: (mine[0] as Measured).size,
    rounds: mine.length,
    pps: spread(mine.map((run) => run.pps)),
    cycles: spread(mine.map((run) => run.cycles)),
    busy,
    drops: mine.reduce((sum, run) => sum + run.drops, 0),
    ...(toTestpmd.length > 0 ? { toTestpmd: median(toTestpmd) } : {}),
    ...(toThis.length > 0 ? { toThis: spread(toThis) } : {}),
    generatorBound: busy < SATURATED,
    disturbed: median(mine.map((run) => run.disturbed)) > DISTURBED,
  };
}

/** Its cycles divided by another's, for each round with both. */
function ratios(to: string, mine: readonly Measured[], all: readonly Measured[]): number[] {
  return mine.flatMap((run) => {
    const other = all.find(
      (one) => one.subject === to && one.size === run.size && one.round === run.round,
    );
    return other && run.subject !== to ? [run.cycles / other.cycles] : [];
  });
}
