import type { Hello, Port, PortStats, Stats, SwitchInfo } from '../contract/types.js';
import type { NetworkRecord } from '../networks/index.js';

/** All that a switch says of itself in one scrape. */
export interface Sample {
  hello: Hello;
  /** When the switch started, in seconds since 1970. */
  startedAt: number;
  ports: readonly Port[];
  stats: Stats;
  info: SwitchInfo;
  networks: readonly NetworkRecord[];
}

/** A value, and its labels' values in the order of the family's labels. */
export type Row = readonly [value: number, ...labels: string[]];

/** A metric: what it is called, what it means, and how its values follow from a sample. */
export interface Family {
  /** With its unit in it; of a counter with `_total` at its end. */
  name: string;
  type: 'counter' | 'gauge';
  help: string;
  labels: readonly string[];
  rows(sample: Sample): Iterable<Row>;
}

/** A metric of the switch as a whole; undefined: this switch does not say. */
export function ofSwitch(
  type: Family['type'],
  name: string,
  help: string,
  value: (sample: Sample) => number | undefined,
): Family {
  return { type, name, help, labels: [], rows: (sample) => known(value(sample)) };
}

/** A metric of each port, from its counters. */
export function ofPortStats(
  type: Family['type'],
  name: string,
  help: string,
  value: (stats: PortStats) => number | undefined,
): Family {
  const rows = ({ stats }: Sample) => stats.ports.flatMap((one) => known(value(one), one.name));
  return { type, name, help, labels: ['port'], rows };
}

/** The row of a value that is known; none of one that is not. */
export function known(value: number | undefined, ...labels: string[]): Row[] {
  return value === undefined ? [] : [[value, ...labels]];
}

/** Prometheus knows no truth values. */
export function bit(isTrue: boolean): number {
  return isTrue ? 1 : 0;
}

/** A label that a thing may lack: Prometheus takes an empty one for none. */
export function label(value: string | number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}
