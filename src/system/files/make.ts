import { Failed, InvalidInput } from '../../values/errors.js';
import { accountFile, accountId } from '../accounts/table.js';
import type { Rights } from '../look/index.js';
import type { CommandChange, FolderChange, HostChange } from './changes.js';
import { claimOf } from './claims.js';
import type { Author, Entry } from './entry.js';
import type { HostFiles } from './host-files.js';
import type { Journal } from './journal.js';
import { bootId, countAt } from './undo.js';

/** A number that the kernel did not reach. */
export interface Shortage {
  why: string;
  pageSize: number;
  given: number;
  wanted: number;
}

/** Makes one change, after recording it in the journal. Returns a number not reached. @throws Failed, InvalidInput */
export async function make(
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

/** The journal entry to write before the change. */
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
      const { kind, path } = change;
      return { kind, by, path, before: files.rights(path) ?? null, after: rightsOf(change, files) };
    }
    case 'account': {
      const { kind, name } = change;
      // In an image no program runs, so there is nothing to undo.
      if (!files.live) return undefined;
      if (accountId(files, 'user', name) !== undefined) throw changedMeanwhile(accountFile('user'));
      return { kind, by, name };
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
      return files.makeFolder(change.path, rightsOf(change, files));
    case 'link':
      return files.link(change.path, change.target);
    case 'remove':
      return files.remove(change.path, 'kept');
    case 'write':
      return files.poke(change.path, change.after);
    case 'account':
    case 'command':
      return runCommand(change, files);
  }
}

/** With the number of an account that may have just been made. @throws Failed */
function rightsOf({ mode, uid, gid }: FolderChange, files: HostFiles): Rights {
  const owner = typeof uid === 'number' ? uid : accountId(files, 'user', uid);
  if (owner !== undefined) return { mode, uid: owner, gid };
  const thing = `user ${uid}`;
  throw new Failed({ thing, problem: 'it was not made', remedy: 'make it, then run this again' });
}

async function runCommand({ run }: Pick<CommandChange, 'run'>, files: HostFiles): Promise<void> {
  if (run !== undefined && files.live) await files.run(run);
}

function changedMeanwhile(path: string): InvalidInput {
  const problem = 'somebody else has just changed it';
  return new InvalidInput({ thing: path, problem, remedy: 'run this again' });
}
