/** How the files of a host are read, and where they are: of this host, or of a copy of one below a folder. */
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
import { VmlaneError } from '../values/errors.js';
import { attempt } from './attempt.js';
import { placeIn } from './files/place.js';

/** Mode and owner of a file or folder. */
export interface Rights {
  mode: number;
  uid: number;
  gid: number;
}

/** A file or folder. */
export interface Found extends Rights {
  kind: 'file' | 'folder' | 'socket' | 'other';
  /** When it was written, in milliseconds as Date.now() has them. */
  changed: number;
  inode: number;
}

/** A host's files. Paths are the host's own, `/proc/meminfo`; links are followed as they would be there. */
export interface Look {
  /** The folder that stands for `/`. */
  readonly root: string;
  /** Whether this is the running host, not a copy or an image of one. */
  readonly live: boolean;
  /** Undefined: there is no such file, or it cannot be read. A pipe or a device is none: it could block. */
  text(path: string): string | undefined;
  /** The last bytes of a file, such as a log; empty when it cannot be read. */
  end(path: string, bytes: number): string;
  /** Names in a folder, sorted; none when it is not there. */
  names(path: string): string[];
  exists(path: string): boolean;
  /** Where a link leads, as it is written; undefined: no link. */
  target(path: string): string | undefined;
  /** The path with all links followed; undefined: it leads to nothing. */
  real(path: string): string | undefined;
  /** Undefined: not there. */
  rights(path: string): Rights | undefined;
  /** Undefined: not there. A link is what it leads to, unless it is kept. */
  stat(path: string, last?: 'followed' | 'kept'): Found | undefined;
  /** Why a file cannot be read: ENOENT, EACCES …; undefined: it can. */
  trouble(path: string): string | undefined;
  /** Whether the kernel itself answers there (sysfs), not a copy of its files. */
  isKernels(path: string): boolean;
  /** Where this process finds it, for other programs. */
  place(path: string): string;
}

/** A host to read: the folder that stands for `/`, or how to look at it. */
export type Root = string | Look;

/** How to look at a host; `/` is this one. */
export function lookAt(root: Root = '/'): Look {
  return typeof root === 'string' ? new HostLook(root) : root;
}

/** f_type of sysfs. Source: linux/magic.h. */
const SYSFS_MAGIC = 0x62656572;

/** Reads what is there. What cannot be read is as if it were not there. */
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

  /** Undefined where the system refuses, and for links in a circle, which placeIn tells. */
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

  /** Of at most so many. @throws what the system says, EFBIG for more */
  protected bytes(path: string, most = Number.POSITIVE_INFINITY): Buffer {
    return opened(this.place(path), (file, { size }) => {
      if (size > most) throw coded('EFBIG');
      return readFileSync(file);
    });
  }
}

/** Opens a file for as long as it is read. What is no file is not opened: a pipe would wait, a device might act. */
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
