import { setTimeout as delay } from 'node:timers/promises';
import { Failed } from '../src/values/errors.js';
import { patience } from './slow.js';

export interface Deadline {
  /** What we wait for, for the error: `guest a`. */
  thing: string;
  /** What did not happen in time: `is not ready`. */
  problem: string;
  /** Where to look then, for the remedy. */
  remedy: string;
  /** Longer where VMLANE_TEST_SLOW says so (slow.ts). */
  ms: number;
  signal?: AbortSignal | undefined;
}

/**
 * Calls `probe` until it returns a value, and returns that. Fails after the deadline, or with the
 * signal's reason. An error thrown by `probe` is not a "not yet": it ends the wait.
 */
export async function until<T>(
  deadline: Deadline,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  const ms = patience(deadline.ms);
  const end = Date.now() + ms;
  for (;;) {
    deadline.signal?.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() > end) {
      const { thing, problem, remedy } = deadline;
      throw new Failed({ thing, problem: `${problem} after ${ms / 1000} s`, remedy });
    }
    await delay(50);
  }
}
