import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Step, Way } from '../../values/access.js';

/** As many as the kernel follows. Source: path_resolution(7). */
const LINKS_MAX = 40;

/**
 * Everything on the way to a path, links followed and listed, each once. `root` is the folder that
 * stands for `/`; paths in the answer do not have it.
 */
export function walk(path: string, root = '/'): Way {
  const steps = new Map<string, Step>();
  const todo = resolve(path).split('/').filter(Boolean);
  let next = '/';
  for (let here = '/', links = 0; ; ) {
    try {
      const found = step(next, root);
      steps.set(next, steps.get(next) ?? found);
      if (found.kind !== 'link') here = next;
      else if (++links > LINKS_MAX) {
        return { steps: [...steps.values()], missing: { path, code: 'ELOOP' } };
      } else {
        const target = resolve(dirname(next), readlinkSync(join(root, next)));
        todo.unshift(...target.split('/').filter(Boolean));
        here = '/';
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      return { steps: [...steps.values()], missing: { path: next, code } };
    }
    const name = todo.shift();
    if (name === undefined) return { steps: [...steps.values()] };
    next = resolve(here, name);
  }
}

function step(path: string, root: string): Step {
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
