import { VmlaneError } from '../../values/errors.js';
import { withoutClaim } from './claims.js';
import { type Author, type Entry, isPassing } from './entry.js';
import type { HostFiles } from './host-files.js';
import { deepestFirst, Journal } from './journal.js';
import { locked } from './lock.js';
import { undo } from './undo.js';

/** How taking back went. */
export interface TakenBack {
  /** What is as it was before, a line each. */
  done: readonly string[];
  /** What is not, and why: a line each. It can be tried again. */
  left: readonly string[];
}

/** Whose changes are taken back. */
export interface TakingBack {
  by: Author;
  /** Only those at these paths. */
  paths?: readonly string[];
  /** Stops between two of them; the rest stays in the journal. */
  signal?: AbortSignal;
}

/** Takes back all that an author ever changed and is still as it was left; the rest is kept for another try. */
export async function takeBack(files: HostFiles, which: TakingBack): Promise<TakenBack> {
  return locked(files.root, async () => {
    const journal = new Journal(files);
    const own = journal.entries.filter((one) => {
      return (
        one.by === which.by && (!which.paths || ('path' in one && which.paths.includes(one.path)))
      );
    });
    if (own.length === 0) return { done: [], left: [] };
    const past = own.filter((one) => !isPassing(one));
    const { entries, ...gone } = await giveBack(past, journal, files, which.signal);
    journal.keep(entries.filter((one) => !(own.includes(one) && isPassing(one))));
    return gone;
  });
}

/** Takes these back, the last one first. What others changed since stays, and is told. `entries`: what is left of the journal's. */
export async function giveBack(
  which: readonly Entry[],
  { entries: all, made }: Pick<Journal, 'entries' | 'made'>,
  files: HostFiles,
  signal?: AbortSignal,
): Promise<TakenBack & { entries: readonly Entry[] }> {
  const done: string[] = [];
  const left: string[] = [];
  let entries = all;
  for (const entry of [...which].reverse()) {
    if (signal?.aborted) {
      left.push('interrupted; the rest is as it was set up');
      break;
    }
    try {
      const gone = await undo(entry, entries, files);
      if (gone.left !== undefined) {
        left.unshift(gone.left);
        continue;
      }
      if ('path' in entry) removeFolders(entry.path, made, files);
      entries =
        entry.kind === 'block'
          ? withoutClaim(entry, entries)
          : entries.filter((one) => one !== entry);
      if (gone.done !== undefined) done.push(gone.done);
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      left.unshift(error.message);
    }
  }
  return { done, left, entries };
}

/** Empty folders above a path that we made, the deepest first; what others put something into stays. */
export function removeFolders(path: string, made: readonly string[], files: HostFiles): void {
  const above = made.filter((folder) => path.startsWith(`${folder}/`));
  for (const folder of deepestFirst(above)) if (!files.removeFolder(folder)) return;
}
