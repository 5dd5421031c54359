import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failed, VmlaneError } from '../../values/errors.js';
import type { HostChange } from './changes.js';
import { type Author, type Entry, isPassing } from './entry.js';
import type { HostFiles } from './host-files.js';
import { Journal } from './journal.js';
import { locked } from './lock.js';
import { make, type Shortage } from './make.js';
import { giveBack, removeFolders } from './take-back.js';

/** The author of changes, and how to stop them. */
export interface CarryingOut {
  by: Author;
  /** Aborted: rolls back the changes made; checked between two changes. */
  signal?: AbortSignal;
}

/** The command that undoes each author's changes. */
const REMEDIES: Record<Author, string> = {
  setup: 'vmlane host setup --undo',
  wrap: 'vmlane wrap uninstall --rules',
  hook: 'vmlane hook uninstall',
  sriov: 'vmlane sriov persist PF --remove',
};

/**
 * Makes the changes in order. If one fails, those before it are undone. Programs run only if the host's files
 * are at `/`. Returns the numbers that the kernel did not reach.
 * @throws Failed for the failed change, naming what could not be undone
 */
export async function carryOut(
  changes: readonly HostChange[],
  files: HostFiles,
  how: CarryingOut,
): Promise<readonly Shortage[]> {
  if (changes.length === 0) return [];
  return locked(files.root, async () => {
    const journal = new Journal(files);
    const earlier = journal.entries;
    try {
      const shortages: Shortage[] = [];
      for (const change of changes) {
        if (how.signal) await heard(how.signal);
        shortages.push(...(await make(change, journal, files, how.by)));
      }
      settle(changes, journal, files, how.by);
      return shortages;
    } catch (error) {
      throw await rolledBack(error, journal, earlier, files, how.by);
    }
  });
}

async function heard(signal: AbortSignal): Promise<void> {
  // Process signals are handled between two turns of the event loop.
  await nextTurn();
  if (!signal.aborted) return;
  throw new Failed({ thing: 'vmlane', problem: 'interrupted', remedy: 'run it again' });
}

/** All is done: drops entries needed only for a rollback, and those of permanent removals. */
function settle(
  changes: readonly HostChange[],
  journal: Journal,
  files: HostFiles,
  by: Author,
): void {
  const removed = changes.flatMap((one) => (one.kind === 'remove' ? [one.path] : []));
  const ours = changes.flatMap((one) =>
    one.kind === 'file' && one.ours && !one.lasting ? [one.path] : [],
  );
  const kept = journal.entries.flatMap((one, i): Entry[] => {
    if (one.by !== by || !('path' in one)) return [one];
    if (isPassing(one) || removed.includes(one.path)) return [];
    if (one.kind !== 'file' || !ours.includes(one.path)) return [one];
    const later = journal.entries.slice(i + 1);
    const replaced = later.some((other) => other.kind === 'file' && other.path === one.path);
    if (replaced) return [];
    return [one.before === null ? one : { ...one, before: null }];
  });
  const same =
    kept.length === journal.entries.length && kept.every((one) => journal.entries.includes(one));
  if (same) return;
  for (const path of removed) removeFolders(path, journal.made, files);
  journal.keep(kept);
}

async function rolledBack(
  error: unknown,
  journal: Journal,
  earlier: readonly Entry[],
  files: HostFiles,
  by: Author,
): Promise<unknown> {
  if (!(error instanceof VmlaneError)) return error;
  const back = await giveBack(journal.entries.slice(earlier.length), journal, files);
  const reasons = [...back.left];
  try {
    journal.keep(back.entries);
  } catch (cause) {
    if (!(cause instanceof VmlaneError)) throw cause;
    reasons.push(cause.message);
  }
  const { thing, problem, remedy } = error.trouble;
  const all = 'everything is as it was';
  const rest = `not undone: ${reasons.join('; ')}; see ${REMEDIES[by]}`;
  const end = reasons.length === 0 ? all : rest;
  return new Failed({ thing, problem: `${problem}; ${end}`, remedy }, { cause: error });
}
