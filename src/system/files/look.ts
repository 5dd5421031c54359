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
  statSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failed, InvalidInput } from '../../values/errors.js';
import { placeIn } from './place.js';

/** Mode and owner of a file or folder. */
export interface Rights {
  mode: number;
  uid: number;
  gid: number;
}

/** What planning reads of a host. Paths are the host's own. */
export interface Look {
  /** Undefined: there is no such file. @throws InvalidInput for what is no text, Failed for what is closed to us */
  text(path: string): string | undefined;
  /** Names in a folder, sorted; none when it is not there. */
  names(path: string): string[];
  exists(path: string): boolean;
  /** Where a link leads; undefined: no link. */
  target(path: string): string | undefined;
  /** Undefined: not there. */
  rights(path: string): Rights | undefined;
  /** Whether this is the running host, not an image of one. */
  readonly live: boolean;
}

/** Longest file that is edited, in bytes. */
const MOST = 2 ** 20;
const REMEDY = 'correct it, or move it away';

/** The files of a host whose `/` is the folder `root`. Links lead where they would lead there. */
export class HostLook implements Look {
  readonly root: string;

  constructor(root = '/') {
    this.root = resolve(root);
    if (!statSync(this.root, { throwIfNoEntry: false })?.isDirectory()) {
      const remedy = 'name the folder that stands for /';
      throw new InvalidInput({ thing: `--root ${root}`, problem: 'is no folder', remedy });
    }
  }

  get live(): boolean {
    return this.root === '/';
  }

  text(path: string): string | undefined {
    const bytes = this.#bytes(path);
    try {
      return bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      const problem = 'is no UTF-8 text';
      throw new InvalidInput({ thing: path, problem, remedy: REMEDY }, { cause });
    }
  }

  names(path: string): string[] {
    try {
      return readdirSync(placeIn(this.root, path)).sort();
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return [];
      throw refused(path, 'read', cause);
    }
  }

  exists(path: string): boolean {
    return existsSync(placeIn(this.root, path));
  }

  target(path: string): string | undefined {
    const place = placeIn(this.root, path, 'kept');
    const isLink = lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink();
    return isLink ? readlinkSync(place) : undefined;
  }

  rights(path: string): Rights | undefined {
    const found = statSync(placeIn(this.root, path), { throwIfNoEntry: false });
    return found && { mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
  }

  /** Folders above a path that are not there, outermost first. */
  missingAbove(path: string): string[] {
    const missing: string[] = [];
    for (let folder = dirname(path); !this.exists(folder); folder = dirname(folder)) {
      missing.unshift(folder);
    }
    return missing;
  }

  /** Where a path is for messages. */
  named(path: string): string {
    return this.live ? path : join(this.root, path);
  }

  #bytes(path: string): Buffer | undefined {
    const refuse = (problem: string) => new InvalidInput({ thing: path, problem, remedy: REMEDY });
    let file: number | undefined;
    try {
      // All links have been followed; a pipe would keep us waiting.
      const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
      file = openSync(placeIn(this.root, path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      const found = fstatSync(file);
      if (found.isDirectory()) throw refuse('is a folder');
      if (!found.isFile()) throw refuse('is no file');
      if (found.size > MOST) throw refuse('longer than 1 MiB');
      return readFileSync(file);
    } catch (cause) {
      if (cause instanceof InvalidInput) throw cause;
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw refused(path, 'read', cause);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}

/** What the system said of a file, with what to do about it. */
export function refused(path: string, how: 'read' | 'changed', cause: unknown): Failed {
  const { code } = cause as NodeJS.ErrnoException;
  const closed = code === 'EACCES' || code === 'EPERM';
  const remedies: Record<string, string> = {
    EROFS: 'mount its file system for writing',
    ENOSPC: 'free some space on its disk',
    EINVAL: 'give a value that the kernel takes',
  };
  const remedy = closed ? 'run this as root' : (remedies[code ?? ''] ?? 'look at what is there');
  return new Failed({ thing: path, problem: `cannot be ${how} (${code})`, remedy }, { cause });
}
