/** Whose files are acted on as root. */
import type { Found } from '../look/look.js';

/** Whether this is a file that only root, or who runs this, can have written. */
export function isBelieved({ kind, uid, mode }: Pick<Found, 'kind' | 'uid' | 'mode'>): boolean {
  return kind === 'file' && isOwners(uid) && !(mode & 0o022);
}

/** Whether it is root's, or of who runs this. */
export function isOwners(uid: number): boolean {
  return uid === 0 || uid === (process.geteuid?.() ?? 0);
}
