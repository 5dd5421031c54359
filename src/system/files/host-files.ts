import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execa } from 'execa';
import { Failed, VmlaneError } from '../../values/errors.js';
import type { Rights } from '../look/index.js';
import { guardedFolder, guardedPlace, placeIn, refused, StrictLook } from '../look/index.js';
import { replaceFile } from './atomic.js';
import { argvOf, type CommandName } from './commands.js';

/** How a file is written. */
export interface Writing extends Partial<Rights> {
  mode: number;
  /** A link is replaced, not followed: the name is ours alone. */
  last?: 'followed' | 'kept';
  /** An existing file keeps its modification time. */
  keepTime?: boolean;
}

/** A host's files below `root`, and its programs: the only place where vmlane changes a host's files. */
export class HostFiles extends StrictLook {
  /** Writes the file atomically; creates the folders above it. */
  write(path: string, text: string, { last, keepTime, ...rights }: Writing): void {
    this.change(path, () => {
      this.makeAbove(path);
      const place = this.#place(path, last);
      const found = keepTime ? statSync(place, { throwIfNoEntry: false }) : undefined;
      replaceFile(place, text, { ...rights, ...(found && { mtime: found.mtime }) });
    });
  }

  makeFolder(path: string, { mode, uid, gid }: Rights): void {
    this.change(path, () => {
      this.makeAbove(path);
      const place = guardedFolder(this.root, path);
      mkdirSync(place, { recursive: true });
      // After chown, which clears the setgid bit.
      chownSync(place, uid, gid);
      chmodSync(place, mode);
    });
  }

  link(path: string, target: string): void {
    this.change(path, () => {
      this.makeAbove(path);
      symlinkSync(target, this.#place(path, 'kept'));
    });
  }

  /** Removes a file or a link. */
  remove(path: string, last: 'followed' | 'kept' = 'followed'): void {
    this.change(path, () => rmSync(this.#place(path, last), { force: true }));
  }

  /** Removes an empty folder; others stay. Returns whether it is gone. */
  removeFolder(path: string): boolean {
    const place = placeIn(this.root, path);
    if (!existsSync(place)) return true;
    if (readdirSync(place).length > 0) return false;
    this.change(path, () => rmdirSync(guardedFolder(this.root, path)));
    return true;
  }

  /** Writes a value of sysfs, unchanged. */
  poke(path: string, value: number): void {
    this.change(path, () => {
      const { O_WRONLY, O_TRUNC, O_NOFOLLOW } = constants;
      const file = openSync(this.#place(path), O_WRONLY | O_TRUNC | O_NOFOLLOW);
      try {
        writeFileSync(file, String(value));
      } finally {
        closeSync(file);
      }
    });
  }

  /** @throws Failed with the last line of its output */
  async run(name: CommandName): Promise<void> {
    const [program = '', ...words] = argvOf(name);
    const ran = await execa(program, words, { stdin: 'ignore', reject: false });
    if (ran.exitCode === 0) return;
    const line = [program, ...words].join(' ');
    const problem = ran.stderr?.trim().split('\n').at(-1) || ran.shortMessage || 'it failed';
    throw new Failed({ thing: line, problem, remedy: `see what '${line}' says` });
  }

  /** Independent of the umask. */
  private makeAbove(path: string): void {
    for (const folder of this.missingAbove(path)) {
      const place = this.#place(folder);
      mkdirSync(place);
      chmodSync(place, 0o755);
    }
  }

  #place(path: string, last?: 'followed' | 'kept'): string {
    return guardedPlace(this.root, path, last);
  }

  protected change(path: string, act: () => void): void {
    try {
      act();
    } catch (cause) {
      throw cause instanceof VmlaneError ? cause : refused(this.named(path), 'changed', cause);
    }
  }
}
