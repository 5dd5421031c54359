import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  futimesSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The wanted state of a file, independent of a former one. */
export interface NewFile {
  mode: number;
  uid?: number;
  gid?: number;
  /** Its modification time; absent: now. */
  mtime?: Date;
}

/**
 * Replaces a file atomically: readers see the former one or this one, also after a crash. A link at
 * that place is replaced, not followed. The folder must exist.
 * @throws the system's error
 */
export function replaceFile(place: string, content: string | Uint8Array, how: NewFile): void {
  const folder = dirname(place);
  // Programs are not created in their folder: libvirt (qemu.d) and NetworkManager run every file there.
  const own = how.mode & 0o111 ? mkdtempSync(join(dirname(folder), '.vmlane-')) : undefined;
  const name = `.${basename(place)}.vmlane-${randomBytes(6).toString('hex')}`;
  const fresh = own === undefined ? join(folder, name) : join(own, name);
  try {
    write(fresh, content, how);
    rename(fresh, place);
  } finally {
    rmSync(own ?? fresh, { recursive: true, force: true });
  }
}

function write(fresh: string, content: string | Uint8Array, how: NewFile): void {
  // 'wx' follows no link, and opens no file created by somebody else.
  const file = openSync(fresh, 'wx', 0o600);
  try {
    writeFileSync(file, content);
    // All by the open file: who may write in the folder may have put a link at its name by now.
    // Before chmod: a change of owner clears setuid and setgid.
    if (how.uid !== undefined) fchownSync(file, how.uid, how.gid ?? -1);
    fchmodSync(file, how.mode);
    if (how.mtime) futimesSync(file, how.mtime, how.mtime);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The rename survives a crash once its folder is on the disk. */
function rename(fresh: string, place: string): void {
  const folder = openSync(dirname(place), 'r');
  try {
    renameSync(fresh, place);
    fsyncSync(folder);
  } catch (error) {
    // Some file systems cannot sync folders (fsync(2)); the file is in place.
    if ((error as NodeJS.ErrnoException).syscall !== 'fsync' || !isUnable(error)) throw error;
  } finally {
    closeSync(folder);
  }
}

function isUnable(error: unknown): boolean {
  return ['EINVAL', 'ENOTSUP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '');
}
