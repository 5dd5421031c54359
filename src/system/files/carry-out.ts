import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failed, InvalidInput, VmlaneError } from '../../values/errors.js';
import type { CommandChange, HostChange } from './changes.js';
import { claimOf } from './claims.js';
import { type Author, type Entry, isPassing } from './entry.js';
import type { HostFiles } from './host-files.js';
import { Journal } from './journal.js';
import { locked } from './lock.js';
import { bootId, countAt, giveBack, removeFolders } from './take-back.js';

/** Who makes changes, and how they are stopped. */
export interface CarryingOut {
  by: Author;
  /** Rolls back what was done when it is aborted; heard between two changes. */
  signal?: AbortSignal;
}

/** A number that the kernel did not reach. */
export interface Shortage {
  why: string;
  pageSize: number;
  given: number;
  wanted: number;
}

/** How each author's changes are taken back later. */
const REMEDIES: Record<Author, string> = {
  setup: 'vmlane host setup --undo',
  wrap: 'vmlane wrap uninstall --rules',
  hook: 'vmlane hook uninstall',
  sriov: 'vmlane sriov persist PF --remove',
};

/**
 * Makes the changes in their order. When one fails, those before it are taken back. Programs run only where
 * the host's files are at `/`. Gives what the kernel did not give.
 * @throws Failed for the change that failed, naming what could not be taken back
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
  // Signals of the process come between two turns of its loop.
  await nextTurn();
  if (!signal.aborted) return;
  throw new Failed({ thing: 'vmlane', problem: 'interrupted', remedy: 'run it again' });
}

async function make(
  change: HostChange,
  journal: Journal,
  files: HostFiles,
  by: Author,
): Promise<Shortage[]> {
  const entry = entryOf(change, files, by);
  if (entry) journal.add(entry);
  await perform(change, files);
  if (change.kind !== 'write' || entry?.kind !== 'write') return [];
  const given = countAt(change.path, files);
  if (given === change.after) return [];
  journal.keep([...journal.entries.slice(0, -1), { ...entry, after: given }]);
  const { why, pageSize, after } = change;
  return [{ why, pageSize, given, wanted: after }];
}

/** What the journal is to know before the change is begun. */
function entryOf(change: HostChange, files: HostFiles, by: Author): Entry | undefined {
  switch (change.kind) {
    case 'file': {
      const { kind, path, after, lasting, keepTime } = change;
      if (files.text(path) !== change.before) throw changedMeanwhile(path);
      if (change.block !== undefined) return claimOf(change, by);
      const flags = { ...(lasting && { lasting }), ...(keepTime && { keepTime }) };
      return { kind, by, path, before: present(path, change.before, files), after, ...flags };
    }
    case 'folder': {
      const { kind, path, mode, uid, gid } = change;
      return { kind, by, path, before: files.rights(path) ?? null, after: { mode, uid, gid } };
    }
    case 'link': {
      const { kind, path, target } = change;
      return { kind, by, path, target };
    }
    case 'remove': {
      const { path, before } = change;
      const target = files.target(path);
      if ((target ?? files.text(path)) !== before) throw changedMeanwhile(path);
      const was = target === undefined ? present(path, before, files) : { target };
      if (was === null) throw changedMeanwhile(path);
      return { kind: 'removed', by, path, before: was };
    }
    case 'write': {
      const { kind, path, before, after } = change;
      if (countAt(path, files) !== before) throw changedMeanwhile(path);
      return { kind, by, path, before, after, boot: bootId(files) };
    }
    case 'command':
      return change.undo === undefined ? undefined : { kind: 'command', by, undo: change.undo };
  }
}

function present(path: string, text: string | undefined, files: HostFiles) {
  const rights = files.rights(path);
  return text !== undefined && rights ? { text, rights } : null;
}

async function perform(change: HostChange, files: HostFiles): Promise<void> {
  switch (change.kind) {
    case 'file': {
      const { path, before, after, mode, ours, keepTime = false } = change;
      // Only a claim.
      if (before === after && !ours) return;
      const own = { mode, keepTime, last: 'kept' } as const;
      return files.write(path, after, ours ? own : { mode, keepTime, ...files.rights(path) });
    }
    case 'folder':
      return files.makeFolder(change.path, change);
    case 'link':
      return files.link(change.path, change.target);
    case 'remove':
      return files.remove(change.path, 'kept');
    case 'write':
      return files.poke(change.path, change.after);
    case 'command':
      return runCommand(change, files);
  }
}

async function runCommand({ run }: CommandChange, files: HostFiles): Promise<void> {
  if (run !== undefined && files.live) await files.run(run);
}

function changedMeanwhile(path: string): InvalidInput {
  const problem = 'somebody else has just changed it';
  return new InvalidInput({ thing: path, problem, remedy: 'run this again' });
}

/** All is done: what was only for rolling back is forgotten, and what was removed for good need not be taken back. */
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
