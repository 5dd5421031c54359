import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const DATA = join(import.meta.dirname, '../../data/host-setup');

/**
 * Hosts that are kept as texts: `== file PATH [MODE]`, `== link PATH -> TARGET`, `== folder PATH`. The first line
 * is what `host setup` is asked for.
 */
export const HOSTS = readdirSync(DATA)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => file.slice(0, -'.txt'.length));

/** What a host is asked for. */
export function wordsOf(name: string): string {
  return readFileSync(join(DATA, `${name}.txt`), 'utf8').split('\n')[0] ?? '';
}

/** Runs with a temporary folder that is such a host; files of `more` replace its own. */
export async function withRoot<T>(
  name: string,
  use: (root: string) => T | Promise<T>,
  more: Readonly<Record<string, string | undefined>> = {},
): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'vmlane-host-'));
  try {
    const text = readFileSync(join(DATA, `${name}.txt`), 'utf8');
    for (const part of text.split(/^== /m).slice(1)) make(root, part);
    for (const [path, content] of Object.entries(more)) {
      if (content === undefined) rmSync(join(root, path), { recursive: true });
      else make(root, `file ${path}\n${content}`);
    }
    return await use(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

function make(root: string, part: string): void {
  const end = part.indexOf('\n');
  const [kind, path = '', mode = '644', target = ''] = part.slice(0, end).split(' ');
  const place = join(root, path);
  mkdirSync(kind === 'folder' ? place : dirname(place), { recursive: true });
  if (kind === 'link') symlinkSync(target, place);
  if (kind !== 'file') return;
  writeFileSync(place, part.slice(end + 1));
  chmodSync(place, Number.parseInt(mode, 8));
}

/** Everything below a folder: modes, texts, links, in order. */
export function treeOf(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const found = lstatSync(join(root, name));
      const mode = (found.mode & 0o7777).toString(8);
      if (found.isSymbolicLink()) return `${name} -> ${readlinkSync(join(root, name))}`;
      if (found.isDirectory()) return `${name}/ ${mode}`;
      return `${name} ${mode} ${JSON.stringify(readFileSync(join(root, name), 'latin1'))}`;
    });
}
