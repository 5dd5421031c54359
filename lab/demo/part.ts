import type { Say } from '../../src/trial/progress.js';

/** What a part of the demo gets. */
export interface PartOptions {
  say: Say;
  /** Ends it; it still cleans up. */
  signal: AbortSignal;
}
