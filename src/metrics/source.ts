import type { Hello } from '../contract/types.js';
import { type NetworkRecord, networksOf } from '../networks/records.js';
import { SwitchClient } from '../switch/client.js';
import { VmlaneError } from '../values/errors.js';
import type { Sample } from './family.js';
import { type Format, type Reading, render } from './text.js';

/** How long a reading is good for: who scrapes more often costs the switch nothing more. */
const FRESH_MS = 1000;

/** Two starts of a switch are further apart. */
const SAME_SECONDS = 5;

/** What a source may be given by tests. */
export interface SourceOptions {
  /** Now, in milliseconds; by a clock that only goes forward. */
  clock?: () => number;
  /** Time for an answer of the switch. */
  deadlineMs?: number | undefined;
  /** Told when the switch stops answering, and why, and when it answers again. */
  onChange?: (trouble: VmlaneError | undefined) => void;
}

/** A reading and its texts, each made when it is first asked for. */
interface Kept {
  at: number;
  reading: Promise<Reading>;
  texts: Map<Format, Promise<string>>;
}

/**
 * Metrics of the switch on a control socket. One request each for its ports, counters and lcores, on a connection
 * that stays; whoever asks meanwhile, or within a second, gets the same.
 */
export class Source {
  readonly #socket: string;
  readonly #options: SourceOptions;
  readonly #clock: () => number;
  #client: SwitchClient | undefined;
  #started: { hello: Hello; at: number } | undefined;
  #kept: Kept | undefined;
  /** Why the last reading failed; undefined: it did not, or there was none. */
  #trouble: string | undefined;

  constructor(socket: string, options: SourceOptions = {}) {
    this.#socket = socket;
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
  }

  /** The metrics as they are now, or were a moment ago. Does not reject because of the switch. */
  text(format: Format): Promise<string> {
    const kept = this.#current();
    const known = kept.texts.get(format);
    if (known) return known;
    const text = kept.reading.then((reading) => render(reading, format));
    kept.texts.set(format, text);
    return text;
  }

  /** Ends the connection to the switch. */
  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  #current(): Kept {
    const old = this.#kept;
    if (old && this.#clock() - old.at < FRESH_MS) return old;
    // Until it is done it is as fresh as can be, however long the switch takes.
    const kept: Kept = { at: Number.POSITIVE_INFINITY, reading: this.#read(), texts: new Map() };
    const done = () => {
      kept.at = this.#clock();
    };
    kept.reading.then(done, done);
    this.#kept = kept;
    return kept;
  }

  async #read(): Promise<Reading> {
    const began = this.#clock();
    const seconds = () => (this.#clock() - began) / 1000;
    try {
      const sample = await this.#ask();
      this.#changed(undefined);
      return { sample, seconds: seconds() };
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      this.close();
      this.#changed(error);
      return { seconds: seconds() };
    }
  }

  async #ask(): Promise<Sample> {
    const { deadlineMs } = this.#options;
    this.#client ??= await SwitchClient.connect(this.#socket, {
      deadlineMs,
      name: 'vmlane metrics',
    });
    const client = this.#client;
    const [ports, stats, info] = await Promise.all([client.ports(), client.stats(), client.info()]);
    const { hello } = client;
    const networks = readableNetworks(this.#socket);
    return { hello, startedAt: this.#startOf(hello), ports, stats, info, networks };
  }

  /** Once for each process: what is computed anew would differ by the time that the answer took. */
  #startOf(hello: Hello): number {
    const before = this.#started;
    if (before?.hello === hello) return before.at;
    const at = Date.now() / 1000 - hello.uptime;
    // In a container a switch may have the number of the one before.
    const isSame = before?.hello.pid === hello.pid && Math.abs(at - before.at) < SAME_SECONDS;
    this.#started = { hello, at: isSame ? before.at : at };
    return this.#started.at;
  }

  #changed(error: VmlaneError | undefined): void {
    if (error?.message === this.#trouble) return;
    this.#trouble = error?.message;
    this.#options.onChange?.(error);
  }
}

/** Those of this host, if this user may read what is known of them. */
function readableNetworks(socket: string): NetworkRecord[] {
  try {
    return networksOf(socket);
  } catch (error) {
    if (error instanceof VmlaneError) return [];
    throw error;
  }
}
