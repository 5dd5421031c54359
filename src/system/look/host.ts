/** Reads a host's files; unreadable ones count as missing. */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { VmlaneError } from '../../values/errors.js';
import { attempt } from './attempt.js';
import type { Found, Look, Rights, Root } from './look.js';
import { placeIn } from './place.js';

/** How to look at a host; `/` is this one. */
export function lookAt(root: Root = '/'): Look {
  return typeof root === 'string' ? new HostLook(root) : root;
}

/** f_type of sysfs. Source: linux/magic.h. */
const SYSFS_MAGIC = 0x62656572;

/** Reads a host's files; unreadable ones count as missing. */
export class HostLook implements Look {
  readonly root: string;

  constructor(root = '/') {
    this.root = resolve(root);
  }

  get live(): boolean {
    return this.root === '/';
  }

  place(path: string, last: 'followed' | 'kept' = 'followed'): string {
    return this.root === '/' ? path : placeIn(this.root, path, last);
  }

  text(path: string): string | undefined {
    return this.gently(() => this.bytes(path).toString());
  }

  end(path: string, bytes: number): string {
    const read = (file: number, { size }: Stats) => {
      const buffer = Buffer.alloc(Math.min(size, bytes));
      const from = Math.max(0, size - bytes);
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, from));
    };
    return this.gently(() => opened(this.place(path), read)) ?? '';
  }

  names(path: string): string[] {
    return this.gently(() => readdirSync(this.place(path)).sort()) ?? [];
  }

  exists(path: string): boolean {
    return this.gently(() => existsSync(this.place(path))) ?? false;
  }

  target(path: string): string | undefined {
    return this.gently(() => readlinkSync(this.place(path, 'kept')));
  }

  real(path: string): string | undefined {
    return this.gently(() => {
      const real = realpathSync(this.place(path));
      return this.root === '/' ? real : join('/', real.slice(realpathSync(this.root).length));
    });
  }

  rights(path: string): Rights | undefined {
    const found = this.stat(path);
    return found && { mode: found.mode, uid: found.uid, gid: found.gid };
  }

  stat(path: string, last: 'followed' | 'kept' = 'followed'): Found | undefined {
    const stat = last === 'kept' ? lstatSync : statSync;
    const found = this.gently(() => stat(this.place(path, last)));
    if (!found) return undefined;
    const { mode, uid, gid, mtimeMs: changed, ino: inode } = found;
    const kind = found.isFile()
      ? 'file'
      : found.isDirectory()
        ? 'folder'
        : found.isSocket()
          ? 'socket'
          : 'other';
    return { kind, mode: mode & 0o7777, uid, gid, changed, inode };
  }

  trouble(path: string): string | undefined {
    try {
      this.bytes(path);
      return undefined;
    } catch (error) {
      if (error instanceof VmlaneError) return error.trouble.problem;
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      return code;
    }
  }

  isKernels(path: string): boolean {
    return this.gently(() => statfsSync(this.place(path)).type) === SYSFS_MAGIC;
  }

  /** Undefined if the system refuses, and for links in a circle, which placeIn reports. */
  protected gently<T>(look: () => T): T | undefined {
    return attempt(() => {
      try {
        return look();
      } catch (error) {
        if (error instanceof VmlaneError) return undefined;
        throw error;
      }
    });
  }

  /** Up to a limit of bytes. @throws the system's error, EFBIG for more */
  protected bytes(path: string, most = Number.POSITIVE_INFINITY): Buffer {
    return opened(this.place(path), (file, { size }) => {
      if (size > most) throw coded('EFBIG');
      return readFileSync(file);
    });
  }
}

/** Opens a file while it is read. Opens only regular files: a pipe would wait, a device might act. */
function opened<T>(path: string, read: (file: number, found: Stats) => T): T {
  checkFile(statSync(path));
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const found = fstatSync(file);
    checkFile(found);
    return read(file, found);
  } finally {
    closeSync(file);
  }
}

function checkFile(found: Stats): void {
  if (found.isDirectory()) throw coded('EISDIR');
  if (!found.isFile()) throw coded('no file');
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
