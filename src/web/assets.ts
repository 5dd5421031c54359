/** The page: a few files of this package, read at the start, so that no request names a file. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot, rebuilt } from '../switch/paths.js';
import { Failed } from '../values/errors.js';

/** A file as it is answered. */
export interface Asset {
  type: string;
  body: Buffer;
}

/** By their paths. setup/page makes them. */
const FILES: Record<string, [file: string, type: string]> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
  '/licenses.txt': ['licenses.txt', 'text/plain; charset=utf-8'],
};

/** @throws Failed if the page was not built */
export async function readAssets(
  folder = join(packageRoot(), 'dist/web'),
): Promise<ReadonlyMap<string, Asset>> {
  const read = Object.entries(FILES).map(async ([path, [file, type]]) => {
    try {
      return [path, { type, body: await readFile(join(folder, file)) }] as const;
    } catch (error) {
      throw new Failed(
        {
          thing: join(folder, file),
          problem: `cannot be read (${(error as NodeJS.ErrnoException).code})`,
          remedy: rebuilt(),
        },
        { cause: error },
      );
    }
  });
  return new Map(await Promise.all(read));
}
