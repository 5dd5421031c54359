import type { Account } from './account.js';
import type { Step } from './walk.js';

/**
 * What an account may do with a step, as its mode says: 4 read, 2 write, 1 run or pass, added up.
 * An access list may give more, and shows as rights of the group.
 */
export function rightsOf({ uid, gids }: Account, step: Step): number {
  if (uid === 0) return 7;
  const { mode } = step;
  return (uid === step.uid ? mode >> 6 : gids.includes(step.gid) ? mode >> 3 : mode) & 7;
}
