import { setTimeout as delay } from 'node:timers/promises';
import { Failed } from '../src/values/errors.js';
import { patience } from './slow.js';

export interface Deadline {
  /** What is waited for, as the error names it: `guest a`. */
  thing: string;
  /** What has not happened when the time is over: `is not ready`. */
  problem: string;
  /** Where to look then. */
  remedy: string;
  /** Longer where VMLANE_TEST_SLOW says so (slow.ts). */
  ms: number;
  signal?: AbortSignal | undefined;
}

/**
 * Calls `probe` until it answers with something, and returns that. Fails when the deadline has
 * passed, or with the signal's reason. What `probe` throws is not a "not yet": it ends the wait.
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
