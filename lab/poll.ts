import { type Deadline, until as untilExactly } from '../src/trial/until.js';
import { patience } from './slow.js';

export type { Deadline };

/** As the demo's: calls `probe` until it returns a value. Longer where VMLANE_TEST_SLOW says so (slow.ts). */
export function until<T>(deadline: Deadline, probe: () => Promise<T | undefined>): Promise<T> {
  return untilExactly({ ...deadline, ms: patience(deadline.ms) }, probe);
}
