import type { Quartiles } from './figures.js';
import type { LargeSummary } from './large.js';
import type { LatencySummary } from './latency.js';
import type { PairSummary } from './pairs.js';
import type { NoDropSummary } from './rfc2544.js';

/** Rows of text, headings first: forwarders between two, of one scenario. */
export function pairTable(summary: readonly PairSummary[]): string[][] {
  const builds = summary.some(({ toThis }) => toThis !== undefined);
  const beside = summary.some(({ toTestpmd }) => toTestpmd !== undefined);
  const ratio = (value?: number): string => value?.toFixed(2) ?? '';
  return [
    [
      ...['frame', 'forwarder', 'place', 'p10', 'p50', ...(builds ? ['/ this build'] : [])],
      ...['/ bare', ...(beside ? ['/ testpmd'] : []), '/ OVS', 'runs', ''],
    ],
    ...summary.map((one) => [
      ...[`${one.size} B`, one.subject, one.place, figure(one.p10), figure(one.p50)],
      ...(builds ? [one.toThis?.toFixed(3) ?? ''] : []),
      ...[ratio(one.toBare), ...(beside ? [ratio(one.toTestpmd)] : [])],
      ...[ratio(one.toOvs), String(one.runs), ''],
    ]),
  ];
}

export function latencyTable(summary: readonly LatencySummary[]): string[][] {
  const rows = summary.map((one) => [
    ...[`${one.size} B`, one.subject, one.place, one.kind],
    ...[one.p50, one.p99, one.p99_9].map((value) => value.toFixed(0)),
    ...[(one.rate / 1e6).toFixed(2), `${(one.lost * 100).toFixed(2)} %`, String(one.runs), ''],
  ]);
  const titles = ['frame', 'forwarder', 'place', 'load', 'p50', 'p99', 'p99.9', 'Mpps', 'lost'];
  return [[...titles, 'runs', ''], ...rows];
}

/** Frames a second without loss, and of full windows. */
export function noDropTable(summary: readonly NoDropSummary[]): string[][] {
  return [
    [
      ...['scenario', 'forwarder', 'frame', 'place', 'Mpps', 'Gbit/s', 'cycles', '/ windows'],
      ...['runs', ''],
    ],
    ...summary.map((one) => [
      ...[one.scenario, one.subject, `${one.size} B`, one.place, (one.rate / 1e6).toFixed(2)],
      ...[((one.rate * one.size * 8) / 1e9).toFixed(2), one.cycles.toFixed(0)],
      ...[
        one.share.toFixed(2),
        String(one.runs),
        `${one.loadBound ? 'g' : ''}${one.disturbed ? 'd' : ''}`,
      ],
    ]),
  ];
}

/** Gbit/s. */
export function largeTable(summary: readonly LargeSummary[]): string[][] {
  const builds = summary.some(({ toThis }) => toThis !== undefined);
  return [
    [
      ...['forwarder', 'place', 'p90', 'p50', ...(builds ? ['/ this build'] : [])],
      ...['/ OVS', 'runs', ''],
    ],
    ...summary.map((one) => [
      ...[one.subject, one.place, figure(one.best), figure(one.usual)],
      ...(builds ? [one.toThis?.toFixed(3) ?? ''] : []),
      ...[one.toOvs?.toFixed(2) ?? '', String(one.runs), ''],
    ]),
  ];
}

function figure({ median, q1, q3 }: Quartiles): string {
  return `${median.toFixed(0)} (${q1.toFixed(0)}–${q3.toFixed(0)})`;
}
