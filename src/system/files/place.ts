import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Failed } from '../../values/errors.js';

/** As many as the kernel follows. Source: path_resolution(7). */
const LINKS_MAX = 40;

/**
 * Where a path of the host is, when `root` stands for `/`: links are followed as they would be there,
 * so that none leads out of an image. The last part is followed only if `last`. @throws Failed
 */
export function placeIn(root: string, path: string, last: 'followed' | 'kept' = 'followed') {
  const todo = path.split('/').filter(Boolean);
  let here: string[] = [];
  for (let links = 0; todo.length > 0; ) {
    const part = todo.shift() as string;
    if (part === '.') continue;
    if (part === '..') {
      here.pop();
      continue;
    }
    const keep = last === 'kept' && todo.length === 0;
    const target = keep ? undefined : readLink(join(root, ...here, part));
    if (target === undefined) {
      here.push(part);
      continue;
    }
    if (++links > LINKS_MAX) {
      const remedy = 'look at the links on its way';
      throw new Failed({ thing: join(root, path), problem: 'too many links', remedy });
    }
    if (target.startsWith('/')) here = [];
    todo.unshift(...target.split('/').filter(Boolean));
  }
  return join(root, ...here);
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // no link; whoever opens it sees what else is wrong
  }
}
