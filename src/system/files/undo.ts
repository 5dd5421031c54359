import { accountId } from '../accounts/table.js';
import type { Rights } from '../look/index.js';
import { release } from './claims.js';
import { argvOf, isCommand, NAMED_IN, removalOf } from './commands.js';
import type { Entry } from './entry.js';
import type { HostFiles } from './host-files.js';

/** The result for a change: undone, or kept, in words; neither: there was nothing to do. */
export type Undone = { done?: string; left?: string };

/** Undoes one change. `entries`: the whole journal. @throws Failed */
export async function undo(
  entry: Entry,
  entries: readonly Entry[],
  files: HostFiles,
): Promise<Undone> {
  switch (entry.kind) {
    case 'file':
      return file(entry, files);
    case 'block':
      return block(entry, entries, files);
    case 'link':
      return link(entry, files);
    case 'removed':
      return removed(entry, files);
    case 'folder':
      return folder(entry, files);
    case 'write':
      return write(entry, files);
    case 'account':
      return account(entry, files);
    case 'command': {
      if (!files.live || !isCommand(entry.undo)) return {};
      await files.run(entry.undo);
      return { done: argvOf(entry.undo).join(' ') };
    }
  }
}

async function account({ name }: Of<'account'>, files: HostFiles): Promise<Undone> {
  if (!files.live || accountId(files, 'user', name) === undefined) return {};
  const namedIn = NAMED_IN[name];
  if (namedIn !== undefined && files.text(namedIn)?.includes(name))
    return { left: `account ${name}: ${namedIn} names it; left` };
  const removal = removalOf(name);
  await files.run(removal);
  return { done: argvOf(removal).join(' ') };
}

type Of<Kind extends Entry['kind']> = Extract<Entry, { kind: Kind }>;

function file({ path, before, after, keepTime }: Of<'file'>, files: HostFiles): Undone {
  const now = files.text(path);
  if (now !== after && now !== before?.text) return { left: `${path}: changed since; left` };
  if (!before) {
    if (now === undefined) return {};
    files.remove(path);
    return { done: `${path}: removed` };
  }
  const rights = files.rights(path);
  // The same text with another mode is a change of ours, too.
  const is = now === before.text && (now !== after || sameRights(rights, before.rights));
  if (is) return {};
  files.write(path, before.text, { ...before.rights, ...(keepTime && { keepTime }) });
  return { done: `${path}: as it was` };
}

function block(entry: Of<'block'>, entries: readonly Entry[], files: HostFiles): Undone {
  const { path } = entry;
  const now = files.text(path);
  const { text, ...gone } = release(entry, entries, now);
  if (gone.left !== undefined || text === now) return gone;
  const rights = files.rights(path);
  if (text === undefined) files.remove(path);
  else files.write(path, text, { mode: 0o644, ...rights });
  return gone;
}

function link({ path, target }: Of<'link'>, files: HostFiles): Undone {
  const now = files.target(path);
  if (now !== undefined && now !== target) return { left: `${path}: leads elsewhere now; left` };
  if (now !== undefined) files.remove(path, 'kept');
  return now === undefined ? {} : { done: `${path}: removed` };
}

function removed({ path, before }: Of<'removed'>, files: HostFiles): Undone {
  const link = 'target' in before;
  const now = link ? files.target(path) : files.text(path);
  const was = link ? before.target : before.text;
  if (now === was) return {};
  if (now !== undefined) return { left: `${path}: is there again; left` };
  if (link) files.link(path, before.target);
  else files.write(path, before.text, { ...before.rights, last: 'kept' });
  return { done: `${path}: there again` };
}

function folder({ path, before, after }: Of<'folder'>, files: HostFiles): Undone {
  const now = files.rights(path);
  if (now === undefined) return {};
  if (before) {
    if (sameRights(now, before)) return {};
    // Interrupted between owner and mode: the change of owner cleared setuid and setgid.
    const half = { ...after, mode: before.mode & ~0o6000 };
    if (!sameRights(now, after) && !sameRights(now, half)) {
      return { left: `${path}: its owner or mode changed since; left` };
    }
    files.makeFolder(path, before);
    return { done: `${path}: owner and mode as they were` };
  }
  if (!files.removeFolder(path)) return { left: `${path}: not empty; left` };
  return { done: `${path}: removed` };
}

function sameRights(one: Rights | undefined, other: Rights): boolean {
  return one?.mode === other.mode && one.uid === other.uid && one.gid === other.gid;
}

function write({ path, before, after, boot }: Of<'write'>, files: HostFiles): Undone {
  // After a boot the number is the kernel's default again.
  if (boot !== bootId(files)) return {};
  const now = countAt(path, files);
  if (now === before) return {};
  if (now !== after) return { left: `${path}: ${now} pages now, not ${after} as we left it; left` };
  files.poke(path, before);
  const rest = countAt(path, files);
  if (rest === before) return { done: `${path}: ${before} pages again` };
  return { left: `${path}: ${rest} pages and not ${before}: guests have them; stop them first` };
}

/** Of the running kernel. */
export function bootId(files: HostFiles): string {
  return files.text('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

/** A number of sysfs. */
export function countAt(path: string, files: HostFiles): number {
  return Number.parseInt(files.text(path) ?? '', 10);
}
