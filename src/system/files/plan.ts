import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { Failed, InvalidInput } from '../../values/errors.js';
import { argvOf, type CommandName } from './commands.js';
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

/** A host's files below `root`, and its programs: the only place where setting up touches anything. */
export class HostFiles implements Look {
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
    const place = placeIn(this.root, path);
    const remedy = 'correct it, or move it away';
    let bytes: Buffer;
    try {
      const size = statSync(place, { throwIfNoEntry: false })?.size ?? 0;
      if (size > MOST)
        throw new InvalidInput({ thing: path, problem: 'longer than 1 MiB', remedy });
      bytes = readFileSync(place);
    } catch (cause) {
      if (cause instanceof InvalidInput) throw cause;
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      if (code === 'EISDIR')
        throw new InvalidInput({ thing: path, problem: 'is a folder', remedy });
      throw refused(path, 'read', cause);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new InvalidInput({ thing: path, problem: 'is no UTF-8 text', remedy }, { cause });
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

  /** The file comes into its place whole or not at all; folders above it are made. */
  write(path: string, text: string, rights: { mode: number } & Partial<Rights>): void {
    const place = placeIn(this.root, path);
    const fresh = `${place}.vmlane-${process.pid}`;
    this.change(path, () => {
      this.makeAbove(path);
      try {
        const file = openSync(fresh, 'wx', 0o600);
        try {
          writeFileSync(file, text);
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
        if (rights.uid !== undefined) chownSync(fresh, rights.uid, rights.gid ?? -1);
        chmodSync(fresh, rights.mode);
        renameSync(fresh, place);
      } catch (error) {
        rmSync(fresh, { force: true });
        throw error;
      }
    });
  }

  makeFolder(path: string, { mode, uid, gid }: Rights): void {
    const place = placeIn(this.root, path);
    this.change(path, () => {
      this.makeAbove(path);
      mkdirSync(place, { recursive: true });
      // After chown, which takes the setgid bit away.
      chownSync(place, uid, gid);
      chmodSync(place, mode);
    });
  }

  link(path: string, target: string): void {
    const place = placeIn(this.root, path, 'kept');
    this.change(path, () => {
      this.makeAbove(path);
      symlinkSync(target, place);
    });
  }

  /** A file or a link. */
  remove(path: string, last: 'followed' | 'kept' = 'followed'): void {
    this.change(path, () => rmSync(placeIn(this.root, path, last), { force: true }));
  }

  /** An empty one; others stay. Says whether it is gone. */
  removeFolder(path: string): boolean {
    const place = placeIn(this.root, path);
    if (!existsSync(place)) return true;
    if (readdirSync(place).length > 0) return false;
    this.change(path, () => rmdirSync(place));
    return true;
  }

  /** A value of sysfs, given to the kernel as it is. */
  poke(path: string, value: number): void {
    this.change(path, () => writeFileSync(placeIn(this.root, path), String(value)));
  }

  /** @throws Failed with the last line of what it said */
  async run(name: CommandName): Promise<void> {
    const [program = '', ...words] = argvOf(name);
    const ran = await execa(program, words, { stdin: 'ignore', reject: false });
    if (ran.exitCode === 0) return;
    const line = [program, ...words].join(' ');
    const problem = ran.stderr?.trim().split('\n').at(-1) || ran.shortMessage || 'it failed';
    throw new Failed({ thing: line, problem, remedy: `see what '${line}' says` });
  }

  /** Where a path is for messages. */
  named(path: string): string {
    return this.live ? path : join(this.root, path);
  }

  /** Whatever the umask. */
  private makeAbove(path: string): void {
    for (const folder of this.missingAbove(path)) {
      const place = placeIn(this.root, folder);
      mkdirSync(place);
      chmodSync(place, 0o755);
    }
  }

  protected change(path: string, act: () => void): void {
    try {
      act();
    } catch (cause) {
      throw refused(this.named(path), 'changed', cause);
    }
  }
}

function refused(path: string, how: string, cause: unknown): Failed {
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
