import { SwitchClient } from '../../../switch/client.js';
import { answerDeadlineMs } from '../../../switch/deadline.js';
import { controlSocketPath } from '../../../switch/paths.js';
import { InvalidInput } from '../../../values/errors.js';
import { command } from '../../command.js';
import { hostOption } from '../../host-option.js';
import { aborted, type Io, say } from '../../io.js';
import { choice, flag, integer, json, text } from '../../options.js';
import type { Screen, TerminalEvents } from '../../terminal.js';
import { controlSocket } from './client.js';
import { type Choice, chosen, type Row, SORTS } from './top-rows.js';
import { OneSwitch, type TopSource } from './top-source.js';
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
    ...hostOption,
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
    ['switch top --host hosta,hostb', 'the ports of two other hosts in one table'],
    ['switch top --filter web --count 1 --json', 'one second of the web servers, for a program'],
  ],
  async run({ interval, count, sort, reverse, filter, pairs, ...values }, io) {
    const options: Choice = {
      sort: sort ?? 'rx_bits',
      reversed: reverse ?? false,
      filter: filter ?? '',
      hidesIdle: values['hide-idle'] ?? false,
      hosts: values.host !== undefined,
    };
    const view = new TopView(options, intervalOf(interval), pairs);
    if (pairs && view.seconds >= PAIRS_SECONDS) throw tooSlow(view.seconds);
    const top = new Top(await sourceOf(values, io), view, count ?? Number.POSITIVE_INFINITY);
    try {
      const takeScreen = values.json ? undefined : await io.terminal();
      if (takeScreen) return await top.onScreen(takeScreen, io);
      return await top.asLines(io, values.json === true);
    } finally {
      top.close();
    }
  },
});

async function sourceOf(
  { host, 'control-socket': socket }: Record<'host' | 'control-socket', string | undefined>,
  io: Io,
): Promise<TopSource> {
  if (host !== undefined) {
    const { SeveralHosts } = await import('./top-hosts.js');
    return new SeveralHosts(host, socket, io.env);
  }
  const options = { deadlineMs: answerDeadlineMs(io.env) };
  return new OneSwitch(await SwitchClient.connect(controlSocketPath(socket, io.env), options));
}

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
  readonly #source: TopSource;
  readonly #view: TopView;
  #left: number;
  #shown: Shown = { time: '', rows: [], lcores: undefined };

  constructor(source: TopSource, view: TopView, count: number) {
    this.#source = source;
    this.#view = view;
    this.#left = count;
  }

  close(): void {
    this.#source.close();
  }

  async #read(): Promise<void> {
    this.#shown = await this.#source.read(this.#view);
  }

  /** Until a key or a signal ends it. */
  async onScreen(takeScreen: TakeScreen, io: Io): Promise<number> {
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
    let status = 0;
    try {
      while (!signal.aborted) {
        // A switch that does not answer must not keep anybody from ending this.
        await Promise.race([this.#read(), ended]);
        if (signal.aborted) break;
        show();
        if (this.#shown.isNew && --this.#left === 0) {
          status = this.#source.status();
          break;
        }
        wake = new AbortController();
        await this.#source.next(this.#view.seconds, AbortSignal.any([signal, wake.signal]));
      }
    } finally {
      screen.close();
    }
    if (quit.signal.aborted && !isAbort(quit.signal.reason)) throw quit.signal.reason;
    return status;
  }

  /** Until a signal, or until nobody reads them. */
  async asLines(io: Io, asJson: boolean): Promise<number> {
    const signal = AbortSignal.any([io.interrupted(), io.unread()]);
    const ended = aborted(signal);
    let told: readonly string[] = [];
    while (!signal.aborted) {
      await Promise.race([this.#read(), ended]);
      if (signal.aborted) return 0;
      const { troubles = [], waiting, isNew } = this.#shown;
      const now = waiting !== undefined && io.outIsTerminal ? [...troubles, waiting] : troubles;
      for (const trouble of now) if (!told.includes(trouble)) say(io, trouble);
      told = now;
      if (isNew) {
        io.out(asJson ? this.#json() : `${this.#text()}\n`);
        if (--this.#left === 0) return this.#source.status();
      }
      await this.#source.next(this.#view.seconds, signal);
    }
    return 0;
  }

  #text(): string {
    const { choice: wanted } = this.#view;
    const lines = tableLines(chosen(this.#shown.rows, wanted), wanted);
    const pairs = this.#view.showsPairs ? pairLines(this.#shown.pairs, this.#view.seconds) : [];
    return `${[...pairs, ...lines].join('\n')}\n`;
  }

  #json(): string {
    const ports = chosen(this.#shown.rows, this.#view.choice).map(portJson);
    const lcores = this.#shown.lcores ?? [];
    const pairs = this.#view.showsPairs && { pairs: this.#shown.pairs ?? null };
    const time = new Date().toISOString();
    const { seconds, ...more } = this.#source.json();
    return `${JSON.stringify({ time, seconds, ports, lcores, ...pairs, ...more })}\n`;
  }
}

/** With null where nothing is known yet. */
function portJson({ rates, load, ...row }: Row): object {
  return { ...row, load: load ?? null, rates: rates ?? null };
}

/** What AbortController says by itself. */
function isAbort(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'AbortError';
}
