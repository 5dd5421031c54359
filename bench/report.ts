import { median, type Run, type Spread, spread } from './figures.js';
import type { Machine } from './machine.js';
import { SUBJECTS, type SubjectName } from './options.js';

/** One run of one subject, as it was measured. */
export interface Measured extends Run {
  subject: SubjectName;
  size: number;
  round: number;
}

/** All rounds of one subject at one frame size. */
export interface Summary {
  subject: SubjectName;
  size: number;
  pps: Spread;
  cycles: Spread;
  /** Share of its time that the forwarder was busy, 0–1. */
  busy: number;
  drops: number;
  /** Its cycles divided by another's of the same round: the median. */
  toBare?: number;
  toOvs?: number;
  /** The forwarder had time to spare: packets per second are the generator's. */
  generatorBound: boolean;
  /** Others had the processor for much of the time, even in the slices that were used. */
  disturbed: boolean;
}

/** Everything a run of the benchmark found out. */
export interface Report {
  date: string;
  machine: Machine;
  versions: Record<string, string>;
  missing: Record<string, string>;
  rounds: number;
  seconds: number;
  runs: Measured[];
  summary: Summary[];
  scale?: ScaleSummary;
  start?: StartSummary[];
  specs?: SpecSummary[];
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

/** Domains a second that one way makes of a spec. */
export interface SpecSummary {
  name: string;
  perSecond: Spread;
}

/** One case of the scale benchmark. */
export interface ScaleCase {
  ports: number;
  addresses: number;
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
  const of = ({ ports, addresses }: ScaleCase): ScaleRun[] =>
    runs.filter((run) => run.ports === ports && run.addresses === addresses);
  const first = cases[0] ? of(cases[0]) : [];
  return {
    runs,
    cases: cases.map((one) => {
      const mine = of(one);
      const ratios = mine.map(
        ({ round, cycles }) =>
          cycles / (first.find((run) => run.round === round)?.cycles ?? Number.NaN),
      );
      const { ports, addresses } = one;
      return {
        name: `${ports} ports, ${addresses.toLocaleString('en')} addresses`,
        cycles: spread(mine.map(({ cycles }) => cycles)),
        ratio: median(ratios),
      };
    }),
  };
}

/** Below this share of busy time, the generator could not keep the forwarder busy. */
const SATURATED = 0.9;
const DISTURBED = 0.02;

/** Rounds become medians; ratios are taken within each round, where conditions are the same. */
export function summarize(runs: readonly Measured[]): Summary[] {
  const sizes = [...new Set(runs.map(({ size }) => size))];
  return sizes.flatMap((size) =>
    SUBJECTS.flatMap((subject) => {
      const mine = runs.filter((run) => run.subject === subject && run.size === size);
      return mine.length > 0 ? [summary(mine, runs)] : [];
    }),
  );
}

function summary(mine: readonly Measured[], all: readonly Measured[]): Summary {
  const { subject, size } = mine[0] as Measured;
  const busy = median(mine.map((run) => run.busy));
  return {
    subject,
    size,
    pps: spread(mine.map((run) => run.pps)),
    cycles: spread(mine.map((run) => run.cycles)),
    busy,
    drops: mine.reduce((sum, run) => sum + run.drops, 0),
    ...ratio('toBare', 'bare', mine, all),
    ...ratio('toOvs', 'ovs', mine, all),
    generatorBound: busy < SATURATED,
    disturbed: median(mine.map((run) => run.disturbed)) > DISTURBED,
  };
}

function ratio<K extends string>(
  key: K,
  to: SubjectName,
  mine: readonly Measured[],
  all: readonly Measured[],
): { [P in K]?: number } {
  const ratios = mine.flatMap((run) => {
    const other = all.find(
      (one) => one.subject === to && one.size === run.size && one.round === run.round,
    );
    return other && run.subject !== to ? [run.cycles / other.cycles] : [];
  });
  return ratios.length > 0 ? ({ [key]: median(ratios) } as { [P in K]: number }) : {};
}
