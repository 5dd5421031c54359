import { VmlaneError } from '../../values/errors.js';
import { withoutClaim } from './claims.js';
import { type Author, type Entry, isPassing } from './entry.js';
import type { HostFiles } from './host-files.js';
import { deepestFirst, Journal } from './journal.js';
import { locked } from './lock.js';
import { undo } from './undo.js';

/** The result of an undo. */
export interface TakenBack {
  /** What was restored, one line each. */
  done: readonly string[];
  /** What was not, and why: one line each. It can be retried. */
  left: readonly string[];
}

/** The author whose changes are undone. */
export interface TakingBack {
  by: Author;
  /** Only changes at these paths. */
  paths?: readonly string[];
  /** Stops between two changes; the rest stays in the journal. */
  signal?: AbortSignal;
}

/** Undoes all changes of an author that nobody changed since; the rest is kept for a retry. */
export async function takeBack(files: HostFiles, which: TakingBack): Promise<TakenBack> {
  return locked(files.root, async () => {
    const journal = new Journal(files);
    const own = journal.entries.filter((one) => {
      return (
        one.by === which.by && (!which.paths || ('path' in one && which.paths.includes(one.path)))
      );
    });
    if (own.length === 0) {
      // Folders that could not be removed the last time.
      if (journal.entries.length === 0 && journal.made.length > 0) journal.keep([]);
      return { done: [], left: [] };
    }
    const past = own.filter((one) => !isPassing(one));
    const { entries, ...gone } = await giveBack(past, journal, files, which.signal);
    journal.keep(entries.filter((one) => !(own.includes(one) && isPassing(one))));
    return gone;
  });
}

/** Undoes these, the last one first. Later changes by others stay, and are reported. `entries`: the journal's remaining ones. */
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

/** Removes empty folders that we created above a path, the deepest first; non-empty ones stay. */
export function removeFolders(path: string, made: readonly string[], files: HostFiles): void {
  const above = made.filter((folder) => path.startsWith(`${folder}/`));
  for (const folder of deepestFirst(above)) if (!files.removeFolder(folder)) return;
}
