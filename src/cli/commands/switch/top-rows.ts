/** The rows of `vmlane switch top`: a port's state and rates, as numbers and as text. */
import type { Port } from '../../../contract/types.js';
import type { PortRates, Rates } from '../../../switch/rates.js';
import { byName } from '../../../values/by-name.js';

export interface Row {
  /** Of several. */
  host?: string;
  name: string;
  state: string;
  vlan: number;
  lcore: number;
  /** Of that lcore, from 0 to 1; undefined: not known yet. */
  load: number | undefined;
  /** Undefined: not known yet. */
  rates: PortRates | undefined;
}

/** What rows can be sorted by, in the order of the columns. */
export const SORTS = [
  'name',
  'state',
  'vlan',
  'lcore',
  'load',
  'rx_packets',
  'rx_bits',
  'tx_packets',
  'tx_bits',
  'drops',
] as const;
export type Sort = (typeof SORTS)[number];

export interface Choice {
  sort: Sort;
  reversed: boolean;
  /** Only ports with that in their name; '': all. */
  filter: string;
  hidesIdle: boolean;
  /** Rows are of several hosts, which have a column. */
  hosts?: boolean;
}

export function rowsOf(ports: readonly Port[], rates: Rates | undefined): Row[] {
  return ports.map(({ name, state, link_state, vlan, lcore }) => ({
    name,
    state: link_state === 'down' ? 'no link' : state,
    ...{ vlan, lcore },
    load: rates?.lcores.get(lcore)?.load,
    rates: rates?.ports.get(name),
  }));
}

/** Those that are wanted, in order: most first, names and numbers of places ascending. */
export function chosen(rows: readonly Row[], choice: Choice): Row[] {
  const { sort, reversed, filter, hidesIdle } = choice;
  const wanted = rows.filter(
    (row) =>
      row.name.toLowerCase().includes(filter.toLowerCase()) && !(hidesIdle && isIdle(row.rates)),
  );
  const sign = reversed ? -1 : 1;
  return wanted.sort(
    (a, b) =>
      sign * compare(a, b, sort) || byName(a.name, b.name) || byName(a.host ?? '', b.host ?? ''),
  );
}

function isIdle(rates: PortRates | undefined): boolean {
  return !rates || rates.rx_packets + rates.tx_packets + rates.drops === 0;
}

function compare(a: Row, b: Row, sort: Sort): number {
  switch (sort) {
    case 'name':
      return byName(a.name, b.name);
    case 'state':
      return a.state < b.state ? -1 : Number(a.state > b.state);
    case 'vlan':
    case 'lcore':
      return a[sort] - b[sort];
    case 'load':
      return (b.load ?? -1) - (a.load ?? -1);
    default:
      return (b.rates?.[sort] ?? -1) - (a.rates?.[sort] ?? -1);
  }
}

/** A rate with three digits: 0, 0.5, 12, 999, 1.23k, 45.6M. */
export function rateText(rate: number | undefined): string {
  if (rate === undefined) return '-';
  if (rate < 10) return String(Math.round(rate * 10) / 10);
  let scaled = rate;
  for (const unit of ['', 'k', 'M', 'G', 'T']) {
    // What would be rounded to 1000 is written with the next unit.
    if (scaled < 999.5)
      return `${unit === '' ? Math.round(scaled) : Number(scaled.toPrecision(3))}${unit}`;
    scaled /= 1000;
  }
  return `${Math.round(scaled * 1000)}T`;
}

export function loadText(load: number | undefined): string {
  return load === undefined ? '-' : `${Math.round(load * 100)}`;
}

/** Drops by reason, the most first. */
export function reasonsText(rates: PortRates | undefined): string {
  return Object.entries(rates?.reasons ?? {})
    .sort(([, a], [, b]) => b - a)
    .map(([reason, rate]) => `${reason} ${rateText(rate)}`)
    .join(', ');
}

export interface TopColumn {
  sort?: Sort;
  title: string;
  right: boolean;
  text(row: Row): string;
}

/** Before the others, where there are several. */
export const HOST: TopColumn = { title: 'HOST', right: false, text: (row) => row.host ?? '' };

/** Titles and texts by SORTS, and the reasons of drops at the end. */
export const COLUMNS: TopColumn[] = [
  { sort: 'name', title: 'PORT', right: false, text: (row) => row.name },
  { sort: 'state', title: 'STATE', right: false, text: (row) => row.state },
  { sort: 'vlan', title: 'VLAN', right: true, text: (row) => String(row.vlan || '-') },
  { sort: 'lcore', title: 'LCORE', right: true, text: (row) => String(row.lcore) },
  { sort: 'load', title: 'LOAD%', right: true, text: (row) => loadText(row.load) },
  rate('rx_packets', 'RX_PKT/S'),
  rate('rx_bits', 'RX_BIT/S'),
  rate('tx_packets', 'TX_PKT/S'),
  rate('tx_bits', 'TX_BIT/S'),
  rate('drops', 'DROPS/S'),
  { title: 'REASONS', right: false, text: (row) => reasonsText(row.rates) },
];

function rate(sort: 'rx_packets' | 'rx_bits' | 'tx_packets' | 'tx_bits' | 'drops', title: string) {
  return { sort, title, right: true, text: (row: Row) => rateText(row.rates?.[sort]) };
}
