import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { PathPart, PathWalk } from '../../values/access.js';

/** The kernel's limit on links. Source: path_resolution(7). */
const LINKS_MAX = 40;

/**
 * Everything on the way to a path, links followed and listed, each once. `root` is the folder that
 * stands for `/`; returned paths do not include it.
 */
export function walk(path: string, root = '/'): PathWalk {
  const parts = new Map<string, PathPart>();
  const todo = resolve(path).split('/').filter(Boolean);
  let next = '/';
  for (let here = '/', links = 0; ; ) {
    try {
      const found = part(next, root);
      parts.set(next, parts.get(next) ?? found);
      if (found.kind !== 'link') here = next;
      else if (++links > LINKS_MAX) {
        return { parts: [...parts.values()], missing: { path, code: 'ELOOP' } };
      } else {
        const target = resolve(dirname(next), readlinkSync(join(root, next)));
        todo.unshift(...target.split('/').filter(Boolean));
        here = '/';
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      return { parts: [...parts.values()], missing: { path: next, code } };
    }
    const name = todo.shift();
    if (name === undefined) return { parts: [...parts.values()] };
    next = resolve(here, name);
  }
}

function part(path: string, root: string): PathPart {
  const found = lstatSync(join(root, path));
  const kind = found.isSymbolicLink()
    ? 'link'
    : found.isDirectory()
      ? 'folder'
      : found.isSocket()
        ? 'socket'
        : 'file';
  return { path, kind, uid: found.uid, gid: found.gid, mode: found.mode & 0o7777 };
}
