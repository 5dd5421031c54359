import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PairStats } from '../../../contract/types.js';
import { SwitchClient } from '../../../switch/client.js';
import { answerDeadlineMs } from '../../../switch/deadline.js';
import { isNotRunning, SwitchError } from '../../../switch/errors.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { pairRates, type Rates, type Reading, ratesBetween } from '../../../switch/rates.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { aborted, type Io, say } from '../../io.js';
import { choice, flag, integer, json, text } from '../../options.js';
import type { Screen, TerminalEvents } from '../../terminal.js';
import { controlSocket } from './client.js';
import { type Choice, chosen, type Row, rowsOf, SORTS } from './top-rows.js';
import {
  LEAST_SECONDS,
  MOST_SECONDS,
  PAIRS_SECONDS,
  pairLines,
  type Shown,
  secondsOf,
  TopView,
  tableLines,
} from './top-view.js';

/** `vmlane switch top` */
export const switchTop = command({
  path: ['switch', 'top'],
  summary: 'Show what ports carry a second, the busiest first, until q or Ctrl-C',
  positionals: {},
  options: {
    ...controlSocket,
    interval: text(
      'interval',
      `Seconds between two readings, ${LEAST_SECONDS}-${MOST_SECONDS} [default: 1]`,
    ),
    count: integer('count', 1, 1_000_000_000, 'End after showing so many'),
    sort: choice('sort', SORTS, `Sort by one of ${SORTS.join(', ')} [default: rx_bits]`),
    reverse: flag('Reverse the order'),
    filter: text('filter', 'Only ports whose name contains this'),
    pairs: flag('The busiest pairs of ports, too'),
    'hide-idle': flag('Only ports with traffic'),
    json: { ...json, describe: 'Print a JSON object a line; an error, too, on standard error' },
  },
  examples: [
    ['switch top', 'a live table; h lists its keys'],
    ['switch top --sort drops --hide-idle', 'who loses most'],
    ['switch top --filter web --count 1 --json', 'one second of the web servers, for a program'],
  ],
  async run({ interval, count, sort, reverse, filter, pairs, ...values }, io) {
    const options: Choice = {
      sort: sort ?? 'rx_bits',
      reversed: reverse ?? false,
      filter: filter ?? '',
      hidesIdle: values['hide-idle'] ?? false,
    };
    const view = new TopView(options, intervalOf(interval), pairs);
    if (pairs && view.seconds >= PAIRS_SECONDS) throw tooSlow(view.seconds);
    const client = await SwitchClient.connect(controlSocketPath(values['control-socket'], io.env), {
      deadlineMs: answerDeadlineMs(io.env),
    });
    const top = new Top(client, view, count ?? Number.POSITIVE_INFINITY);
    try {
      const takeScreen = values.json ? undefined : await io.terminal();
      if (takeScreen) await top.onScreen(takeScreen, io);
      else await top.asLines(io, values.json === true);
    } finally {
      client.close();
    }
    return 0;
  },
});

function tooSlow(seconds: number): InvalidInput {
  const problem = `pairs are counted for ${PAIRS_SECONDS} s after each reading, not for ${seconds}`;
  return new InvalidInput({ thing: '--pairs', problem, remedy: 'give a shorter --interval' });
}

function intervalOf(text: string | undefined): number {
  if (text === undefined) return 1;
  const seconds = secondsOf(text);
  if (seconds !== undefined) return seconds;
  const problem = `"${text}" is not possible`;
  const remedy = `give seconds from ${LEAST_SECONDS} to ${MOST_SECONDS}, such as --interval 0.5`;
  throw new InvalidInput({ thing: '--interval', problem, remedy });
}

type TakeScreen = (events: TerminalEvents) => Screen;

class Top {
  readonly #client: SwitchClient;
  readonly #view: TopView;
  #left: number;
  #before: (Reading & { pairs: PairStats[] | undefined }) | undefined;
  #span = 0;
  #shown: Shown = { time: '', rows: [], rates: undefined };

  constructor(client: SwitchClient, view: TopView, count: number) {
    this.#client = client;
    this.#view = view;
    this.#left = count;
  }

  /** Until a key or a signal ends it. */
  async onScreen(takeScreen: TakeScreen, io: Io): Promise<void> {
    const quit = new AbortController();
    const signal = AbortSignal.any([io.interrupted(), quit.signal]);
    const ended = aborted(signal);
    let wake = new AbortController();
    const show = () => screen.show(this.#view.lines(this.#shown, screen.columns, screen.rows));
    /** What goes wrong there is told when the terminal is given back. */
    const safely = (act: () => void) => {
      try {
        act();
      } catch (error) {
        quit.abort(error);
      }
    };
    const pressed = (name: string) => {
      const wish = this.#view.press(name);
      if (wish === 'quit') quit.abort(undefined);
      else if (wish !== undefined) show();
      if (wish === 'read') wake.abort();
    };
    const screen = takeScreen({
      key: (name) => safely(() => pressed(name)),
      resize: () => safely(show),
    });
    try {
      while (!signal.aborted) {
        // A switch that does not answer must not keep anybody from ending this.
        await Promise.race([this.#read(), ended]);
        if (signal.aborted) break;
        show();
        if (!this.#shown.trouble && this.#shown.rates && --this.#left === 0) break;
        wake = new AbortController();
        await pause(this.#view.seconds * 1000, AbortSignal.any([signal, wake.signal]));
      }
    } finally {
      screen.close();
    }
    if (quit.signal.aborted && !isAbort(quit.signal.reason)) throw quit.signal.reason;
  }

  /** Until a signal, or until nobody reads them. */
  async asLines(io: Io, asJson: boolean): Promise<void> {
    const signal = AbortSignal.any([io.interrupted(), io.unread()]);
    const ended = aborted(signal);
    let told: string | undefined;
    while (!signal.aborted) {
      await Promise.race([this.#read(), ended]);
      if (signal.aborted) return;
      const { trouble, rates } = this.#shown;
      if (trouble !== told && trouble !== undefined) say(io, trouble);
      told = trouble;
      if (!trouble && rates) {
        io.out(asJson ? this.#json(rates) : `${this.#text()}\n`);
        if (--this.#left === 0) return;
      }
      await pause(this.#view.seconds * 1000, signal);
    }
  }

  async #read(): Promise<void> {
    const time = new Date().toTimeString().slice(0, 8);
    try {
      const [ports, pairs, stats] = await Promise.all([
        this.#client.ports(),
        this.#view.showsPairs ? this.#client.pairs() : undefined,
        this.#client.stats(),
      ]);
      const now = { stats, pairs, ms: performance.now() };
      const rates = this.#before && ratesBetween(this.#before, now);
      this.#span = this.#before ? now.ms - this.#before.ms : 0;
      const then = this.#before?.pairs;
      const found = then && pairs && pairRates(then, pairs, this.#span);
      this.#before = now;
      this.#shown = { time, rates, rows: rowsOf(ports, rates), pairs: found };
    } catch (error) {
      if (!isPassing(error)) throw error;
      // What was counted before it went says nothing of after.
      this.#before = undefined;
      this.#shown = { ...this.#shown, time, trouble: error.message };
    }
  }

  #text(): string {
    const { choice: wanted } = this.#view;
    const lines = tableLines(chosen(this.#shown.rows, wanted), wanted);
    const pairs = this.#view.showsPairs ? pairLines(this.#shown.pairs, this.#view.seconds) : [];
    return `${[...pairs, ...lines].join('\n')}\n`;
  }

  #json(rates: Rates): string {
    const ports = chosen(this.#shown.rows, this.#view.choice).map(portJson);
    const lcores = [...rates.lcores].map(([lcore, of]) => ({ lcore, ...of }));
    const seconds = this.#span / 1000;
    const pairs = this.#view.showsPairs && { pairs: this.#shown.pairs ?? null };
    const time = new Date().toISOString();
    return `${JSON.stringify({ time, seconds, ports, lcores, ...pairs })}\n`;
  }
}

/** With null where nothing is known yet. */
function portJson({ rates, load, ...row }: Row): object {
  return { ...row, load: load ?? null, rates: rates ?? null };
}

function isPassing(error: unknown): error is SwitchError {
  return (
    isNotRunning(error) ||
    (error instanceof SwitchError && (error.kind === 'lost' || error.kind === 'late'))
  );
}

/** What AbortController says by itself. */
function isAbort(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'AbortError';
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
