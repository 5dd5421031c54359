/** Writing and removing the files of files.ts: all of them, or none. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Failed, InvalidInput } from '../../values/errors.js';
import { isOurs, type WantedFile } from './files.js';

/** A change of a file; `before` and `after` are absent where there is none. */
export interface FileChange {
  /** Absolute. */
  path: string;
  before?: WantedFile;
  after?: WantedFile;
}

/** What makes `paths` be as `wanted`, and no others of them be there. @throws InvalidInput for a file that is not ours, Failed */
export function planFiles(
  paths: readonly string[],
  wanted: readonly WantedFile[],
  root: string,
): FileChange[] {
  return paths.flatMap((path) => {
    const before = present(path, root);
    const after = wanted.find((one) => one.path === path);
    if (before?.text === after?.text && before?.kind === after?.kind) return [];
    return [{ path: join(root, path), ...(before && { before }), ...(after && { after }) }];
  });
}

function present(path: string, root: string): WantedFile | undefined {
  const full = join(root, path);
  try {
    const found = lstatSync(full, { throwIfNoEntry: false });
    if (!found) return undefined;
    const link = found.isSymbolicLink();
    const text = link ? readlinkSync(full) : found.isFile() ? readFileSync(full, 'utf8') : '';
    if (isOurs(path, text)) {
      return { path, text, kind: link ? 'link' : found.mode & 0o100 ? 'program' : 'file' };
    }
  } catch (cause) {
    throw failed(full, 'read', cause);
  }
  const remedy = 'move it away, if it is not needed';
  throw new InvalidInput({ thing: full, problem: "this is not vmlane's", remedy });
}

/**
 * Does the changes; what cannot be done takes back those before. A file of ours whose text is
 * replaced is kept beside it, once. @throws Failed
 */
export function applyFiles(changes: readonly FileChange[]): void {
  const done: FileChange[] = [];
  for (const change of changes) {
    try {
      if (change.before && change.after?.kind !== 'link') keep(change);
      put(change.path, change.after);
      done.push(change);
    } catch (cause) {
      for (const { path, before } of done.reverse()) put(path, before);
      throw failed(change.path, 'changed', cause);
    }
  }
}

function keep({ path, before, after }: FileChange): void {
  const backup = `${path}.vmlane-backup`;
  // 0600: a dispatcher runs what may be run.
  if (before && after && !existsSync(backup)) writeFileSync(backup, before.text, { mode: 0o600 });
}

function put(path: string, file: WantedFile | undefined): void {
  if (!file) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  const fresh = join(dirname(path), `.vmlane-${process.pid}`);
  try {
    if (file.kind === 'link') symlinkSync(file.text, fresh);
    else {
      writeFileSync(fresh, file.text, { flag: 'wx', mode: 0o600 });
      chmodSync(fresh, file.kind === 'program' ? 0o755 : 0o644);
    }
    renameSync(fresh, path);
  } finally {
    rmSync(fresh, { force: true });
  }
}

function failed(thing: string, what: string, cause: unknown): Failed {
  const problem = `cannot be ${what} (${(cause as NodeJS.ErrnoException).code})`;
  return new Failed({ thing, problem, remedy: 'run this as root' }, { cause });
}
