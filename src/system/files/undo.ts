import { VmlaneError } from '../../values/errors.js';
import { argvOf, isCommand } from './commands.js';
import type { Entry } from './journal.js';
import type { HostFiles, Rights } from './plan.js';

/** How giving back went. */
export interface GivenBack {
  /** What is as it was before, in words. */
  done: readonly string[];
  /** What is not, and why; with the entries to try again. */
  left: readonly { entry: Entry; why: string }[];
}

/** Gives back what the entries tell, the last one first. What others changed since stays, and is told. */
export async function giveBack(entries: readonly Entry[], files: HostFiles): Promise<GivenBack> {
  const done: string[] = [];
  const left: { entry: Entry; why: string }[] = [];
  for (const entry of [...entries].reverse()) {
    try {
      const told = await giveBackOne(entry, files);
      if (told.left === undefined) done.push(...(told.done ?? []));
      else left.unshift({ entry, why: told.left });
    } catch (error) {
      if (!(error instanceof VmlaneError)) throw error;
      left.unshift({ entry, why: error.message });
    }
  }
  return { done, left };
}

type Told = { done?: readonly string[]; left?: string };

async function giveBackOne(entry: Entry, files: HostFiles): Promise<Told> {
  switch (entry.kind) {
    case 'file':
      return file(entry, files);
    case 'folder':
      return folder(entry, files);
    case 'link':
      return link(entry, files);
    case 'write':
      return write(entry, files);
    case 'command': {
      if (!files.live || !isCommand(entry.undo)) return {};
      await files.run(entry.undo);
      return { done: [argvOf(entry.undo).join(' ')] };
    }
  }
}

function file({ path, before, after, made }: Entry & { kind: 'file' }, files: HostFiles): Told {
  const now = files.text(path);
  if (now !== after && now !== before?.text) return { left: `${path}: changed since; left` };
  const isBefore = now === before?.text;
  if (before && !isBefore) files.write(path, before.text, before.rights);
  if (!before && !isBefore) files.remove(path);
  removeFolders(made, files);
  return isBefore ? {} : { done: [`${path}: ${before ? 'as it was' : 'removed'}`] };
}

function folder({ path, before, after, made }: Entry & { kind: 'folder' }, files: HostFiles): Told {
  const now = files.rights(path);
  if (now === undefined) return {};
  if (before) {
    if (sameRights(now, before)) return {};
    // Cut off between owner and mode: a new owner has taken setuid and setgid away.
    const half = { ...after, mode: before.mode & ~0o6000 };
    if (!sameRights(now, after) && !sameRights(now, half)) {
      return { left: `${path}: its owner or mode changed since; left` };
    }
    files.makeFolder(path, before);
    return { done: [`${path}: owner and mode as they were`] };
  }
  if (!files.removeFolder(path)) return { left: `${path}: not empty; left` };
  removeFolders(made, files);
  return { done: [`${path}: removed`] };
}

function sameRights(one: Rights, other: Rights): boolean {
  return one.mode === other.mode && one.uid === other.uid && one.gid === other.gid;
}

function link({ path, target, made }: Entry & { kind: 'link' }, files: HostFiles): Told {
  const now = files.target(path);
  if (now !== undefined && now !== target) return { left: `${path}: leads elsewhere now; left` };
  if (now !== undefined) files.remove(path, 'kept');
  removeFolders(made, files);
  return now === undefined ? {} : { done: [`${path}: removed`] };
}

function write({ path, before, after, boot }: Entry & { kind: 'write' }, files: HostFiles): Told {
  // After a boot the number is the kernel's own again.
  if (boot !== bootId(files)) return {};
  const now = countAt(path, files);
  if (now === before) return {};
  if (now !== after) return { left: `${path}: ${now} pages now, not ${after} as we left it; left` };
  files.poke(path, before);
  const rest = countAt(path, files);
  if (rest === before) return { done: [`${path}: ${before} pages again`] };
  return { left: `${path}: ${rest} pages and not ${before}: guests have them; stop them first` };
}

/** The deepest first; what others put something into stays. */
function removeFolders(made: readonly string[], files: HostFiles): void {
  for (const path of [...made].reverse()) if (!files.removeFolder(path)) return;
}

/** Of the running kernel. */
export function bootId(files: HostFiles): string {
  return files.text('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

/** A number of sysfs. */
export function countAt(path: string, files: HostFiles): number {
  return Number.parseInt(files.text(path) ?? '', 10);
}
