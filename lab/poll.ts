import { setTimeout as delay } from 'node:timers/promises';
import { Failed } from '../src/values/errors.js';

export interface Deadline {
  /** What is waited for, as the error names it: `guest a`. */
  thing: string;
  /** What has not happened when the time is over: `is not ready`. */
  problem: string;
  /** Where to look then. */
  remedy: string;
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
  const end = Date.now() + deadline.ms;
  for (;;) {
    deadline.signal?.throwIfAborted();
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (Date.now() > end) {
      const { thing, problem, remedy, ms } = deadline;
      throw new Failed({ thing, problem: `${problem} after ${ms / 1000} s`, remedy });
    }
    await delay(50);
  }
}
