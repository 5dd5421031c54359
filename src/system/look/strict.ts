import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failed, InvalidInput } from '../../values/errors.js';
import { attempt } from './attempt.js';
import { HostLook } from './host.js';

/** Limit on the bytes of an edited file. */
const MOST = 2 ** 20;
/** Messages by HostLook's codes. */
const UNREADABLE: Record<string, string> = {
  EISDIR: 'is a folder',
  EFBIG: 'longer than 1 MiB',
  'no file': 'is no file',
};
const REMEDY = 'correct it, or move it away';

/** Reads a host's files for editing: unreadable ones are errors. Links are resolved within the host. */
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

  /** @throws InvalidInput for a file that is not text, Failed if access is denied */
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

  /** @throws Failed if access to the folder is denied */
  override names(path: string): string[] {
    try {
      return readdirSync(this.place(path)).sort();
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return [];
      throw cause instanceof Failed ? cause : refused(path, 'read', cause);
    }
  }

  /** Missing folders above a path, outermost first. */
  missingAbove(path: string): string[] {
    const missing: string[] = [];
    for (let folder = dirname(path); !this.exists(folder); folder = dirname(folder)) {
      missing.unshift(folder);
    }
    return missing;
  }

  /** A path's place, for messages. */
  named(path: string): string {
    return this.live ? path : join(this.root, path);
  }
}

/** The system's error for a file, with a remedy. */
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
