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
import { guardedPlace, placeIn, refused, StrictLook } from '../look/index.js';
import { replaceFile } from './atomic.js';
import { argvOf, type CommandName } from './commands.js';

/** How a file is written. */
export interface Writing extends Partial<Rights> {
  mode: number;
  /** A link there is replaced, not followed: the name is ours alone. */
  last?: 'followed' | 'kept';
  /** A file that is there keeps the time of its last change. */
  keepTime?: boolean;
}

/** A host's files below `root`, and its programs: the only place where vmlane changes a host's files. */
export class HostFiles extends StrictLook {
  /** The file comes into its place whole or not at all; folders above it are made. */
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
      const place = this.#place(path);
      mkdirSync(place, { recursive: true });
      // After chown, which takes the setgid bit away.
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

  /** A file or a link. */
  remove(path: string, last: 'followed' | 'kept' = 'followed'): void {
    this.change(path, () => rmSync(this.#place(path, last), { force: true }));
  }

  /** An empty one; others stay. Says whether it is gone. */
  removeFolder(path: string): boolean {
    const place = placeIn(this.root, path);
    if (!existsSync(place)) return true;
    if (readdirSync(place).length > 0) return false;
    this.change(path, () => rmdirSync(this.#place(path)));
    return true;
  }

  /** A value of sysfs, given to the kernel as it is. */
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

  /** @throws Failed with the last line of what it said */
  async run(name: CommandName): Promise<void> {
    const [program = '', ...words] = argvOf(name);
    const ran = await execa(program, words, { stdin: 'ignore', reject: false });
    if (ran.exitCode === 0) return;
    const line = [program, ...words].join(' ');
    const problem = ran.stderr?.trim().split('\n').at(-1) || ran.shortMessage || 'it failed';
    throw new Failed({ thing: line, problem, remedy: `see what '${line}' says` });
  }

  /** Whatever the umask. */
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
