import { setTimeout as delay } from 'node:timers/promises';
import { Failed } from '../values/errors.js';

/** What is waited for. */
export interface Deadline {
  /** For the error: `guest a`. */
  thing: string;
  /** What did not happen in time: `is not ready`. */
  problem: string;
  /** Where to look then, for the remedy. */
  remedy: string;
  ms: number;
  signal?: AbortSignal | undefined;
}

/**
 * Calls `probe` until it returns a value, and returns that. Fails after the deadline, or with the
 * signal's reason. An error thrown by `probe` is not a "not yet": it ends the wait.
 */
export async function until<T>(
  { thing, problem, remedy, ms, signal }: Deadline,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + ms;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() > end)
      throw new Failed({ thing, problem: `${problem} after ${ms / 1000} s`, remedy });
    await delay(50);
  }
}
