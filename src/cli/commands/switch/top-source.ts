/** Where `vmlane switch top` has its readings from: here, this host's switch; top-hosts.ts: several hosts. */
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PairStats } from '../../../contract/types.js';
import type { SwitchClient } from '../../../switch/client.js';
import { isNotRunning, SwitchError } from '../../../switch/errors.js';
import { pairRates, type Reading, ratesBetween } from '../../../switch/rates.js';
import type { JsonObject } from '../../output.js';
import { rowsOf } from './top-rows.js';
import type { Shown } from './top-view.js';

/** What a view wants. */
export interface Wanted {
  seconds: number;
  showsPairs: boolean;
}

export interface TopSource {
  /** The newest there is. Rejects with what cannot pass. */
  read(wanted: Wanted): Promise<Shown>;
  /** Waits for the time of the next reading, or until the signal. */
  next(seconds: number, signal: AbortSignal): Promise<void>;
  /** What JSON has beside the rows of the last reading. */
  json(): JsonObject;
  /** The exit code after the last reading that was wanted. */
  status(): number;
  close(): void;
}

export function timeOfDay(): string {
  return new Date().toTimeString().slice(0, 8);
}

/** One switch over its control socket. */
export class OneSwitch implements TopSource {
  readonly #client: SwitchClient;
  #before: (Reading & { pairs: PairStats[] | undefined }) | undefined;
  #span = 0;
  #shown: Shown = { time: '', rows: [], lcores: undefined };

  constructor(client: SwitchClient) {
    this.#client = client;
  }

  async read({ showsPairs }: Wanted): Promise<Shown> {
    const time = timeOfDay();
    try {
      const [ports, pairs, stats] = await Promise.all([
        this.#client.ports(),
        showsPairs ? this.#client.pairs() : undefined,
        this.#client.stats(),
      ]);
      const now = { stats, pairs, ms: performance.now() };
      const rates = this.#before && ratesBetween(this.#before, now);
      this.#span = this.#before ? now.ms - this.#before.ms : 0;
      const then = this.#before?.pairs;
      const found = then && pairs && pairRates(then, pairs, this.#span);
      this.#before = now;
      const lcores = rates && [...rates.lcores].map(([lcore, of]) => ({ lcore, ...of }));
      this.#shown = { time, lcores, rows: rowsOf(ports, rates), pairs: found };
      return { ...this.#shown, isNew: rates !== undefined };
    } catch (error) {
      if (!isPassing(error)) throw error;
      // What was counted before it went says nothing of after.
      this.#before = undefined;
      return { ...this.#shown, time, troubles: [error.message] };
    }
  }

  next(seconds: number, signal: AbortSignal): Promise<void> {
    return sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
  }

  json(): JsonObject {
    return { seconds: this.#span / 1000 };
  }

  status(): number {
    return 0;
  }

  close(): void {
    this.#client.close();
  }
}

function isPassing(error: unknown): error is SwitchError {
  return (
    isNotRunning(error) ||
    (error instanceof SwitchError && (error.kind === 'lost' || error.kind === 'late'))
  );
}
