import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inFolder } from '../switch/folder.js';

const FOLDER = join(import.meta.dirname, '../data/sriov');

/** The families with a tree. */
export const FAMILIES = ['82576', 'i350', '82599', 'x710', 'fm10000', 'nfp'] as const;
export type FamilyName = (typeof FAMILIES)[number];

/** Runs `use` with a folder that has a family's files, and more as said in the same form. */
export function inTree<T>(
  family: FamilyName | '',
  use: (root: string) => Promise<T>,
  more = '',
): Promise<T> {
  return inFolder(async (root) => {
    if (family !== '') makeTree(root, readFileSync(join(FOLDER, `${family}.tree`), 'utf8'));
    makeTree(root, more);
    return use(root);
  });
}

/**
 * Makes files of a description. A line is `PATH = TEXT`, `PATH -> TARGET` or `PATH/`, the folder that
 * indented lines below it are in. `\0` is a NUL; a file that is there already is replaced.
 */
export function makeTree(root: string, text: string): void {
  let folder = '';
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, indent = '', path = '', kind, rest = ''] =
      /^( *)(\S+?)(?:\/$| (=|->) ?(.*)$)/.exec(line) ?? [];
    if (path === '') throw new Error(`not a line of a tree: ${line}`);
    const full = join(root, indent === '' ? '' : folder, path);
    if (kind === undefined) {
      if (indent === '') folder = path;
      mkdirSync(full, { recursive: true });
    } else {
      mkdirSync(dirname(full), { recursive: true });
      if (kind === '->') symlinkSync(rest, full);
      else writeFileSync(full, `${rest.replaceAll('\\0', '\0')}\n`);
    }
  }
}
