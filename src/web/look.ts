/** Looks at a switch once a second, however many look here. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hello, Port, Stats, SwitchInfo } from '../contract/types.js';
import { SwitchClient } from '../switch/client.js';
import { lost, SwitchError } from '../switch/errors.js';
import { type Rates, type Reading, ratesBetween } from '../switch/rates.js';
import { watchSwitch } from '../switch/watch.js';
import { VmlaneError } from '../values/errors.js';
import { seriesOf } from './facts.js';
import { Latest } from './happened.js';
import { Rings } from './history.js';

/** What a look needs, and tells. */
export interface LookOptions {
  deadlineMs?: number | undefined;
  everyMs?: number | undefined;
  /** Whether somebody looks: else only counters are asked for, for the history. */
  isWatched(): boolean;
  /** Called after each look, and when the switch went away. */
  looked(): void;
  /** Told when the switch stops answering, and why, and when it answers again. */
  onChange?: ((trouble: VmlaneError | undefined) => void) | undefined;
  /** Told of an error of ours. */
  onError(error: unknown): void;
}

/** What the switch has said last. */
export interface Seen {
  ports: Port[];
  info: SwitchInfo;
  stats: Stats;
  rates: Rates;
}

const NO_RATES: Rates = { ports: new Map(), lcores: new Map() };

/**
 * The history begins with the server, not with who looks: one opens the page for what has just happened. That is one
 * request a second, of counters alone.
 */
export class Look {
  readonly history = new Rings();
  readonly latest = new Latest();
  /** Why the switch cannot be asked; undefined: it can. */
  trouble: VmlaneError | undefined;
  /** Undefined: nobody has looked yet, or the switch is away. */
  seen: Seen | undefined;
  /** When it started, in milliseconds since 1970. */
  started = 0;
  readonly #socket: string;
  readonly #options: LookOptions;
  readonly #end = new AbortController();
  #client: SwitchClient | undefined;
  #hello: Hello | undefined;
  #before: Reading | undefined;
  #rates: Rates = NO_RATES;
  #looking: Promise<void> | undefined;
  #isWanted = false;

  constructor(socket: string, options: LookOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Looks until it is closed. */
  start(): void {
    void this.#everySecond();
    void this.#listen();
  }

  close(): void {
    this.#end.abort();
    this.#client?.close();
  }

  get client(): SwitchClient | undefined {
    return this.#client;
  }

  /** For who has just come: there may be counters only so far. */
  async see(): Promise<void> {
    await this.#looking;
    if (this.seen || this.trouble) return;
    this.#isWanted = true;
    await this.#once();
  }

  async #everySecond(): Promise<void> {
    const { signal } = this.#end;
    const { everyMs = 1000 } = this.#options;
    while (!signal.aborted) {
      const began = performance.now();
      await this.#once().catch(this.#options.onError);
      const pause = Math.max(everyMs / 10, everyMs - (performance.now() - began));
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  #once(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { signal } = this.#end;
    try {
      await this.#ask();
      this.#change(undefined);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof VmlaneError)) throw error;
      this.#lose();
      // Our own doing, as it went away: the next attempt says how it is.
      if (error instanceof SwitchError && error.kind === 'closed') return this.#look();
      this.history.addGap(Date.now());
      this.#change(error);
    }
    if (!signal.aborted) this.#options.looked();
  }

  async #ask(): Promise<void> {
    const { deadlineMs, isWatched } = this.#options;
    if (!this.#client) {
      const client = await SwitchClient.connect(this.#socket, { deadlineMs, name: 'vmlane web' });
      if (this.#end.signal.aborted) client.close();
      this.#client = client;
    }
    const client = this.#client;
    const all = isWatched() || this.#isWanted;
    this.#isWanted = false;
    const [stats, ports, info] = await Promise.all([
      client.stats(),
      all ? client.ports() : undefined,
      all ? client.info() : undefined,
    ]);
    // It may have been dialled anew for these, and be another one.
    if (client.hello !== this.#hello) {
      this.#hello = client.hello;
      this.started = Date.now() - client.hello.uptime * 1000;
    }
    this.#count(stats);
    this.seen = ports && info && { ports, info, stats, rates: this.#rates };
  }

  /** Rates since the last second; who comes in between gets those of then. */
  #count(stats: Stats): void {
    const reading = { stats, ms: performance.now() };
    const { everyMs = 1000 } = this.#options;
    if (this.#before && reading.ms - this.#before.ms < everyMs / 2) return;
    this.#rates = this.#before ? ratesBetween(this.#before, reading) : NO_RATES;
    this.#before = reading;
    const rows = stats.ports.map(({ name }) => {
      const rates = this.#rates.ports.get(name);
      return [name, rates && seriesOf(rates)] as const;
    });
    this.history.add(Date.now(), new Map(rows));
  }

  async #listen(): Promise<void> {
    const { signal } = this.#end;
    const { deadlineMs, everyMs = 1000 } = this.#options;
    while (!signal.aborted) {
      try {
        for await (const event of watchSwitch(this.#socket, { signal, deadlineMs })) {
          this.latest.add(event);
          // What waits for an answer would dial until its deadline.
          if (event.event === 'switch-down') {
            this.#lose();
            this.#change(lost(this.#socket));
            this.#options.looked();
          }
        }
      } catch (error) {
        if (!(error instanceof VmlaneError)) this.#options.onError(error);
      }
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #lose(): void {
    this.#client?.close();
    this.#client = undefined;
    this.#before = undefined;
    this.#rates = NO_RATES;
    this.seen = undefined;
  }

  #change(error: VmlaneError | undefined): void {
    const told = this.trouble?.message;
    this.trouble = error;
    if (error?.message === told) return;
    this.#options.onChange?.(error);
  }
}
