/** What ports of several hosts carry: one `vmlane switch top --json` on each, for as long as somebody looks. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  amount,
  amounts,
  type Check,
  checked,
  count,
  listOf,
  nullable,
  object,
  perhaps,
  text,
} from '../contract/check.js';
import type { PairRates, PortRates } from '../switch/rates.js';
import { linesThere } from '../system/ssh/lines.js';
import { NoSsh } from '../system/ssh/run.js';
import type { NamedHost } from '../values/ssh-hosts.js';
import { type HostFailed, hostFailed, refused } from './answer.js';
import { AT_ONCE } from './ask.js';

/** A line of a host. */
export interface TopReading {
  ports: {
    name: string;
    state: string;
    vlan: number;
    lcore: number;
    load: number | null;
    rates: PortRates | null;
  }[];
  lcores: { lcore: number; load: number; packets: number }[];
  /** Null: none yet. */
  pairs?: PairRates[] | null;
}

const rates: Check<PortRates> = object({
  ...{ rx_packets: amount, rx_bits: amount, tx_packets: amount, tx_bits: amount, drops: amount },
  reasons: amounts,
});

const reading: Check<TopReading> = object({
  ports: listOf(
    object({
      ...{ name: text, state: text, vlan: count, lcore: count },
      ...{ load: nullable(amount), rates: nullable(rates) },
    }),
  ),
  lcores: listOf(object({ lcore: count, load: amount, packets: amount })),
  pairs: perhaps(nullable(listOf(object({ from: text, to: text, packets: amount, bits: amount })))),
});

/** How hosts are followed. */
export interface Following {
  /** Between two readings. */
  seconds: number;
  pairs: boolean;
}

/** A host, and what is known of it. None of both: it has not answered yet. */
export interface Followed {
  host: string;
  reading?: TopReading;
  failed?: HostFailed;
  /** It has said something since `take`. */
  isNew: boolean;
}

/** First and longest wait before a host is tried again. */
const AGAIN_MS = { first: 1000, most: 30_000 };
/** Between those that are begun at once. */
const APART_MS = 500;

/** Follows hosts until it is closed. One that goes away is tried again. */
export class TopOfHosts {
  readonly #hosts: readonly { named: NamedHost; now: Followed }[];
  readonly #words: readonly string[];
  readonly #deadlineMs: number;
  #following: Following | undefined;
  #stop = new AbortController();
  #changed: () => void = () => undefined;
  #bug: unknown;

  /** `words` of `vmlane switch top --json`, to which those of `follow` are added. */
  constructor(hosts: readonly NamedHost[], words: readonly string[], deadlineMs: number) {
    this.#hosts = hosts.map((named) => ({ named, now: { host: named.name, isNew: false } }));
    this.#words = words;
    this.#deadlineMs = deadlineMs;
  }

  /** From now on so; what was said before stays until there is something new. */
  follow({ seconds, pairs }: Following): void {
    if (this.#following?.seconds === seconds && this.#following.pairs === pairs) return;
    this.close();
    this.#following = { seconds, pairs };
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    this.#stop = stop;
    this.#hosts.forEach((one, i) => {
      const first = Math.floor(i / AT_ONCE) * APART_MS;
      this.#watch(one, { seconds, pairs }, first, stop.signal).catch((error: unknown) => {
        this.#bug ??= error;
        this.#changed();
      });
    });
  }

  /** What all have said last, and how it is with them. @throws NoSsh */
  take(): Followed[] {
    if (this.#bug !== undefined) throw this.#bug;
    return this.#hosts.map(({ now }) => {
      const taken = { ...now };
      now.isNew = false;
      return taken;
    });
  }

  /** Waits until all that can be had has come, or for so long. */
  async news(ms: number, signal: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const all = (is: (now: Followed) => boolean) => this.#hosts.every(({ now }) => is(now));
    const isOver = () => this.#bug !== undefined || all(({ isNew, failed }) => isNew || !!failed);
    this.#changed = () => {
      if (isOver()) enough.abort();
    };
    // That none of them works any more is news once, not each time.
    if (isOver() && !all(({ isNew }) => !isNew)) return;
    await sleep(ms, undefined, { signal: AbortSignal.any([signal, enough.signal]) }).catch(
      () => undefined,
    );
    this.#changed = () => undefined;
  }

  close(): void {
    this.#stop.abort();
  }

  async #watch(
    { named, now }: { named: NamedHost; now: Followed },
    { seconds, pairs }: Following,
    firstMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const words = [...this.#words, '--interval', String(seconds), ...(pairs ? ['--pairs'] : [])];
    const ms = seconds * 1000;
    // A rate needs two readings.
    const silenceMs = { first: this.#deadlineMs + ms, later: 2 * ms + this.#deadlineMs / 2 };
    const line = (said: string) => {
      const found = checked(reading, JSON.parse(said), 'line');
      Object.assign(now, { reading: found, failed: undefined, isNew: true });
      again = AGAIN_MS.first;
      this.#changed();
    };
    let again = AGAIN_MS.first;
    await sleep(firstMs, undefined, { signal }).catch(() => undefined);
    while (!signal.aborted) {
      try {
        const ended = await linesThere(named.there, words, { line, silenceMs, signal });
        if (signal.aborted) return;
        throw refused(named, ended.status, ended.stderr);
      } catch (error) {
        if (error instanceof NoSsh) throw error;
        Object.assign(now, { reading: undefined, failed: hostFailed(named, error) });
        this.#changed();
      }
      await sleep(again, undefined, { signal }).catch(() => undefined);
      again = Math.min(2 * again, AGAIN_MS.most);
    }
  }
}
