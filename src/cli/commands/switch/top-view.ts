/** What `vmlane switch top` shows and how keys change it; knows no terminal. */
import type { LcoreRates, PairRates } from '../../../switch/rates.js';
import { plain } from '../../output.js';
import {
  type Choice,
  COLUMNS,
  chosen,
  HOST,
  loadText,
  type Row,
  rateText,
  SORTS,
} from './top-rows.js';

/** A forwarding lcore, of a host where there are several. */
export interface LcoreShown extends LcoreRates {
  host?: string;
  lcore: number;
}

/** A pair of ports, likewise. */
export interface PairShown extends PairRates {
  host?: string;
}

/** What was read last. */
export interface Shown {
  /** Of the day, for the head. */
  time: string;
  rows: readonly Row[];
  /** Undefined: not known yet. */
  lcores: readonly LcoreShown[] | undefined;
  /** The busiest; undefined: not asked for, or not known yet. */
  pairs?: readonly PairShown[] | undefined;
  /** Why there is nothing newer, of each that has nothing. */
  troubles?: readonly string[];
  /** For whom all wait. */
  waiting?: string;
  /** There are rates that were not shown yet. */
  isNew?: boolean;
}

/** What a key asks of who runs the view. */
export type Wish = 'quit' | 'read' | 'show' | undefined;

export const LEAST_SECONDS = 0.1;
export const MOST_SECONDS = 3600;

/** Seconds between two readings; undefined: these are none. */
export function secondsOf(text: string): number | undefined {
  const seconds = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  return seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS ? seconds : undefined;
}

const HELP = [
  'vmlane switch top: what ports carry a second. RX: from the guest, TX: to it.',
  'LOAD% is of the lcore that polls the port: its time in rounds that found frames.',
  '',
  '  <  >       sort by the column before, or after',
  '  R          reverse the order',
  '  /  o       only ports whose name contains a text; empty: all',
  '  i          hide ports without traffic, or show them again',
  '  p          the busiest pairs of ports, or no pairs',
  '  s  d       seconds between two readings',
  '  space      read now',
  '  up  down   scroll, also page-up, page-down, home, end',
  '  h  ?       this help',
  '  q  Ctrl-C  end',
  '',
  'Press a key to go back.',
];

interface Prompt {
  question: string;
  text: string;
  take(text: string): string | undefined;
}

/** Pairs that are shown; counting them ends this long after they were asked for. */
const PAIRS_SHOWN = 8;
export const PAIRS_SECONDS = 5;

/** Lines before the rows: head, lcores, totals, prompt or message, titles. */
const BEFORE = 5;

export class TopView {
  readonly choice: Choice;
  seconds: number;
  showsPairs: boolean;
  #first = 0;
  #page = 1;
  #help = false;
  #prompt: Prompt | undefined;
  #message = '';

  constructor(choice: Choice, seconds: number, showsPairs = false) {
    this.choice = choice;
    this.seconds = seconds;
    this.showsPairs = showsPairs;
  }

  press(key: string): Wish {
    if (key === 'ctrl-c') return 'quit';
    this.#message = '';
    if (this.#help) {
      this.#help = false;
      return 'show';
    }
    return this.#prompt ? this.#answer(this.#prompt, key) : this.#command(key);
  }

  #command(key: string): Wish {
    switch (key) {
      case 'q':
        return 'quit';
      case ' ':
      case 'return':
        return 'read';
      case 'h':
      case '?':
        this.#help = true;
        return 'show';
      case '<':
      case '>':
        this.#sortBy(key === '<' ? -1 : 1);
        return 'show';
      case 'R':
        this.choice.reversed = !this.choice.reversed;
        return 'show';
      case 'i':
        this.choice.hidesIdle = !this.choice.hidesIdle;
        return 'show';
      case 'p':
        this.showsPairs = !this.showsPairs;
        return 'read';
      case '/':
      case 'o':
        this.#prompt = {
          question: 'Only ports with this in their name',
          text: '',
          take: (text) => {
            this.choice.filter = text;
            this.#first = 0;
            return undefined;
          },
        };
        return 'show';
      case 's':
      case 'd':
        this.#prompt = {
          question: `Seconds between two readings (${this.seconds})`,
          text: '',
          take: (text) => this.#takeSeconds(text),
        };
        return 'show';
      default:
        return this.#scroll(key);
    }
  }

  #scroll(key: string): Wish {
    const by: Record<string, number> = {
      ...{ up: -1, down: 1, pageup: -this.#page, pagedown: this.#page },
      ...{ home: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY },
    };
    if (by[key] === undefined) return undefined;
    this.#first = Math.max(0, this.#first + by[key]);
    return 'show';
  }

  #sortBy(step: number): void {
    const at = SORTS.indexOf(this.choice.sort) + step;
    this.choice.sort = SORTS[Math.max(0, Math.min(SORTS.length - 1, at))] ?? this.choice.sort;
  }

  #takeSeconds(text: string): string | undefined {
    if (text === '') return undefined;
    const seconds = secondsOf(text);
    if (seconds === undefined)
      return `"${text}": give seconds from ${LEAST_SECONDS} to ${MOST_SECONDS}`;
    this.seconds = seconds;
    return undefined;
  }

  #answer(prompt: Prompt, key: string): Wish {
    if (key === 'escape') this.#prompt = undefined;
    else if (key === 'backspace') prompt.text = prompt.text.slice(0, -1);
    else if (key === 'ctrl-u') prompt.text = '';
    else if (key.length === 1) prompt.text = `${prompt.text}${key}`.slice(0, 63);
    if (key === 'return' || key === 'enter') {
      this.#prompt = undefined;
      this.#message = prompt.take(prompt.text) ?? '';
      // With other seconds the wait that is under way has another end.
      return 'read';
    }
    return 'show';
  }

  /** The lines for a screen of that size, cut to it. */
  lines(shown: Shown, columns: number, rows: number): string[] {
    const cut = (line: string) => plain(line).slice(0, columns);
    if (this.#help) return HELP.slice(0, rows).map(cut);
    const found = chosen(shown.rows, this.choice);
    const pairs = this.showsPairs ? pairLines(shown.pairs, this.seconds) : [];
    const room = Math.max(0, rows - BEFORE - pairs.length);
    this.#page = Math.max(1, room);
    this.#first = Math.min(this.#first, Math.max(0, found.length - room));
    const [titles = '', ...texts] = tableLines(
      found.slice(this.#first, this.#first + room),
      this.choice,
    );
    return [
      cut(this.#head(shown, found.length)),
      cut(lcoresLine(shown.lcores)),
      cut(totalLine(found)),
      ...pairs.map(cut),
      cut(this.#promptLine(shown)),
      inverse(cut(titles).padEnd(columns)),
      ...texts.map(cut),
    ].slice(0, rows);
  }

  #head({ time, rows }: Shown, found: number): string {
    const { sort, reversed, filter, hidesIdle } = this.choice;
    const up = rows.filter(({ state }) => state === 'up').length;
    return [
      `vmlane switch top ${time}`,
      `${rows.length} ports, ${up} up, ${found} shown`,
      `by ${sort}${reversed ? ', reversed' : ''}`,
      `each ${this.seconds} s`,
      ...(filter === '' ? [] : [`only "${filter}"`]),
      ...(hidesIdle ? ['idle hidden'] : []),
    ].join('  ');
  }

  #promptLine({ troubles = [], waiting = '' }: Shown): string {
    if (this.#prompt) return `${this.#prompt.question}: ${this.#prompt.text}_`;
    const [first = waiting, ...others] = troubles;
    const more = others.length > 0 ? ` (and ${others.length} more)` : '';
    return this.#message || `${first}${more}`;
  }
}

function lcoresLine(lcores: Shown['lcores'] = []): string {
  const texts = lcores.map(({ host, lcore, load }, i) => {
    const isFirst = host !== undefined && host !== lcores[i - 1]?.host;
    return `${isFirst ? `${host}: ` : ''}${lcore} ${loadText(load)} %`;
  });
  return `lcores: ${texts.join('  ') || '-'}`;
}

function totalLine(rows: readonly Row[]): string {
  const known = rows.flatMap(({ rates }) => rates ?? []);
  if (known.length === 0) return 'all: -';
  const sum = (key: 'rx_packets' | 'rx_bits' | 'tx_packets' | 'tx_bits' | 'drops') =>
    rateText(known.reduce((all, rates) => all + rates[key], 0));
  return `all: rx ${sum('rx_packets')} pkt/s ${sum('rx_bits')} bit/s  tx ${sum('tx_packets')} pkt/s ${sum('tx_bits')} bit/s  drops ${sum('drops')}/s`;
}

/** The busiest pairs of ports, below each other. */
export function pairLines(pairs: readonly PairShown[] | undefined, seconds: number): string[] {
  if (seconds >= PAIRS_SECONDS) return [`pairs: need readings less than ${PAIRS_SECONDS} s apart`];
  if (!pairs || pairs.length === 0) return [`pairs: ${pairs ? 'none' : '-'}`];
  const rows = pairs.slice(0, PAIRS_SHOWN).map(({ host, from, to, packets, bits }) => {
    return [host ? `${host}: ${from}` : from, to, rateText(packets), rateText(bits)];
  });
  const width = (i: number) => Math.max(...rows.map((row) => row[i]?.length ?? 0));
  return rows.map(([from = '', to = '', packets = '', bits = '']) =>
    plain(
      `pair: ${from.padEnd(width(0))} -> ${to.padEnd(width(1))}  ${packets.padStart(width(2))} pkt/s  ${bits.padStart(width(3))} bit/s`,
    ),
  );
}

/** Titles, that of the sorted column with its direction, and a line for each row. */
export function tableLines(rows: readonly Row[], { sort, reversed, hosts }: Choice): string[] {
  const columns = hosts ? [HOST, ...COLUMNS] : COLUMNS;
  const titles = columns.map((column) =>
    column.sort === sort ? `${column.title}${reversed ? '^' : 'v'}` : column.title,
  );
  const cells = rows.map((row) => columns.map((column) => plain(column.text(row))));
  const widths = titles.map((title, i) =>
    Math.max(title.length, ...cells.map((row) => row[i]?.length ?? 0)),
  );
  return [titles, ...cells].map((row) =>
    row
      .map((cell, i) =>
        columns[i]?.right ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}

function inverse(text: string): string {
  return `\u001b[7m${text}\u001b[27m`;
}
