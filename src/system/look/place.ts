import { lstatSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failed } from '../../values/errors.js';

/** The kernel's limit on links. Source: path_resolution(7). */
const LINKS_MAX = 40;
const STICKY = 0o1000;

/**
 * The place of a host's path below `root`, which stands for `/`: links are resolved within it, so that
 * none leads out of an image. The last part is followed only if `last`. @throws Failed
 */
export function placeIn(
  root: string,
  path: string,
  last: 'followed' | 'kept' = 'followed',
  check: (path: string, found: Stats) => void = () => undefined,
): string {
  const todo = path.split('/').filter(Boolean);
  let here: string[] = [];
  for (let links = 0; todo.length > 0; ) {
    const part = todo.shift() as string;
    if (part === '.') continue;
    if (part === '..') {
      here.pop();
      continue;
    }
    const next = join(root, ...here, part);
    const found = lookAt(next);
    if (found) check(next, found);
    const keep = last === 'kept' && todo.length === 0;
    if (keep || !found?.isSymbolicLink()) {
      here.push(part);
      continue;
    }
    if (++links > LINKS_MAX) {
      const remedy = 'look at the links on its way';
      throw new Failed({ thing: join(root, path), problem: 'too many links', remedy });
    }
    const target = readlinkSync(next);
    if (target.startsWith('/')) here = [];
    todo.unshift(...target.split('/').filter(Boolean));
  }
  return join(root, ...here);
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined; // missing, or closed to us: opening it reports the problem
  }
}

/**
 * The same for a place where we will write. Refuses parts of the way that somebody else could have placed, or
 * could replace while we write. Trusted are root, ourselves and the owner of the folder that stands for `/`,
 * which may be an image built by a user. @throws Failed
 */
export function guardedPlace(root: string, path: string, last?: 'followed' | 'kept'): string {
  return placeIn(root, path, last, guard(root));
}

/**
 * The same for a folder whose owner or mode we change, or that we remove. It may be another user's where only
 * trusted ones write above it: they have given it away. @throws Failed
 */
export function guardedFolder(root: string, path: string): string {
  const above = guardedPlace(root, dirname(path));
  const place = join(above, basename(path));
  const given = lookAt(place)?.isDirectory() && ((lookAt(above)?.mode ?? STICKY) & STICKY) === 0;
  return given ? place : guardedPlace(root, path);
}

function guard(root: string): (path: string, found: Stats) => void {
  const top = statSync(root);
  const users = [0, top.uid, process.geteuid?.() ?? 0];
  const groups = [0, top.gid];
  return (path, found) => {
    const { uid, gid, mode } = found;
    if (!users.includes(uid)) {
      const problem = `uid ${uid} owns it, and may have put it there`;
      throw new Failed({ thing: path, problem, remedy: `move it away, or: chown root ${path}` });
    }
    // In a sticky folder nobody can replace another user's files.
    if (!found.isDirectory() || mode & STICKY) return;
    if ((mode & 0o002) === 0 && ((mode & 0o020) === 0 || groups.includes(gid))) return;
    const problem = 'others may write to it, and we would write there';
    throw new Failed({ thing: path, problem, remedy: `chmod go-w ${path}` });
  };
}
