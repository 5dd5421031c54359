import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failed, InvalidInput } from '../../values/errors.js';
import { attempt } from './attempt.js';
import { HostLook } from './host.js';

/** Longest file that is edited, in bytes. */
const MOST = 2 ** 20;
/** By the codes of HostLook. */
const UNREADABLE: Record<string, string> = {
  EISDIR: 'is a folder',
  EFBIG: 'longer than 1 MiB',
  'no file': 'is no file',
};
const REMEDY = 'correct it, or move it away';

/** Reads a host's files to edit them: what cannot be read is said. Links lead where they would lead there. */
export class StrictLook extends HostLook {
  constructor(root = '/') {
    super(root);
    if (!statSync(this.root, { throwIfNoEntry: false })?.isDirectory()) {
      const remedy = 'name the folder that stands for /';
      throw new InvalidInput({ thing: `--root ${root}`, problem: 'is no folder', remedy });
    }
  }

  /** @throws Failed for links in a circle */
  protected override gently<T>(look: () => T): T | undefined {
    return attempt(look);
  }

  /** @throws InvalidInput for what is no text, Failed for what is closed to us */
  override text(path: string): string | undefined {
    const refuse = (problem: string, cause: unknown) =>
      new InvalidInput({ thing: path, problem, remedy: REMEDY }, { cause });
    let bytes: Buffer;
    try {
      bytes = this.bytes(path, MOST);
    } catch (cause) {
      if (cause instanceof Failed) throw cause;
      const { code = '' } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      const problem = UNREADABLE[code];
      throw problem === undefined ? refused(path, 'read', cause) : refuse(problem, cause);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw refuse('is no UTF-8 text', cause);
    }
  }

  /** @throws Failed for a folder that is closed to us */
  override names(path: string): string[] {
    try {
      return readdirSync(this.place(path)).sort();
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return [];
      throw cause instanceof Failed ? cause : refused(path, 'read', cause);
    }
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
}

/** What the system said of a file, with what to do about it. */
export function refused(path: string, how: 'read' | 'changed' | 'locked', cause: unknown): Failed {
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
