import type { AttachedNetwork } from '../../domain/index.js';

export interface PlanOptions {
  /** Name of the set. */
  set: string;
  /** The user has named the set, so its name alone identifies it; otherwise its folder counts, too. */
  named: boolean;
  /** The folder of the files, in the form that marks hold. */
  folder: string;
  /** Starts those that are off. */
  start: boolean;
  /** Restarts those that run on another definition. */
  restart: boolean;
  /** Powers off running guests that are to be removed. */
  destroy: boolean;
  /** The switch's networks; absent: no guest names one, or their host is one that ssh does not reach. */
  networks?: readonly AttachedNetwork[] | undefined;
  /** The other host's name that the guests run on, where ssh reaches it. */
  there?: string | undefined;
}
