import { existsSync } from 'node:fs';
import { Failed } from '../src/values/errors.js';

/** Where a script of setup/ has put what it fetches, in the folder that all of them share (test/README.md). */
export function cached(part: string): string {
  return `${process.env.VMLANE_CACHE ?? '/var/cache/vmlane'}/${part}`;
}

/** The same. @throws Failed with the script's name, if it is not there */
export function fetched(part: string, script = `setup/${part}-parts`): string {
  const path = cached(part);
  if (existsSync(path)) return path;
  throw new Failed({ thing: path, problem: 'was not fetched', remedy: `run: bash ${script}` });
}

/** Folders of the libraries in the root of an unpacked part, for LD_LIBRARY_PATH. */
export function librariesIn(root: string): string {
  return ['lib', 'usr/lib'].map((name) => `${root}/${name}/x86_64-linux-gnu`).join(':');
}
