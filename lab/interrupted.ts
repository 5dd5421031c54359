import { constants } from 'node:os';
import type { Say } from '../src/trial/progress.js';

/**
 * For a program: aborted at Ctrl-C and the like, after which the exit code is that of the signal. `doing` is said once,
 * such as `cleaning up`; later signals change nothing.
 */
export function interruptedBy(say: Say, doing: string): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) return;
      say(`${signal}: ${doing}`);
      process.exitCode = 128 + constants.signals[signal];
      interrupted.abort(new Error('interrupted'));
    });
  }
  return interrupted.signal;
}
