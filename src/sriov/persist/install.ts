/** Changes that write and remove the files of files.ts; carryOut applies all of them or none. */
import { lstatSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { HostChange } from '../../system/files/changes.js';
import { Failed, InvalidInput } from '../../values/errors.js';
import { isOurs, type PersistFile } from './files.js';

/** A change of a file of files.ts; `before` and `after` are absent if there is no file. */
export interface PersistChange {
  /** Relative to the root. */
  path: string;
  before?: PersistFile;
  after?: PersistFile;
}

/** Changes that make `paths` contain exactly the `wanted` files. @throws InvalidInput for a file that is not ours, Failed */
export function planFiles(
  paths: readonly string[],
  wanted: readonly PersistFile[],
  root: string,
): PersistChange[] {
  return paths.flatMap((path) => {
    const before = present(path, root);
    const after = wanted.find((one) => one.path === path);
    if (before?.text === after?.text && before?.kind === after?.kind) return [];
    return [{ path, ...(before && { before }), ...(after && { after }) }];
  });
}

function present(path: string, root: string): PersistFile | undefined {
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
    const problem = `cannot be read (${(cause as NodeJS.ErrnoException).code})`;
    throw new Failed({ thing: full, problem, remedy: 'run this as root' }, { cause });
  }
  const remedy = 'move it away, if it is not needed';
  throw new InvalidInput({ thing: full, problem: "this is not vmlane's", remedy });
}

/** The same as changes of the host. A replaced file of ours is kept beside the new one, once. */
export function persistChanges(changes: readonly PersistChange[], root: string): HostChange[] {
  const why = 'VFs come back after a start of the host';
  return changes.flatMap(({ path: relative, before, after }): HostChange[] => {
    const path = `/${relative}`;
    const link = [before, after].some((one) => one?.kind === 'link');
    const gone = { kind: 'remove', path, before: before?.text ?? '', why } as const;
    if (!after) return [gone];
    if (link) {
      const target = after.text;
      return [...(before ? [gone] : []), { kind: 'link', path, target, why }];
    }
    const mode = after.kind === 'program' ? 0o755 : 0o644;
    const file = { before: before?.text, after: after.text, mode, why, ours: true };
    return [...backup(path, before, root), { kind: 'file', path, ...file }];
  });
}

function backup(path: string, before: PersistFile | undefined, root: string): HostChange[] {
  const kept = `${path}.vmlane-backup`;
  if (!before || lstatSync(join(root, kept), { throwIfNoEntry: false })) return [];
  // 0600: a dispatcher runs every executable file.
  const file = { before: undefined, after: before.text, mode: 0o600, ours: true, lasting: true };
  return [{ kind: 'file', path: kept, ...file, why: 'the file as it was' }];
}
