/** Writes what bundle.ts reads. */
import { writeFileSync } from 'node:fs';
import type { Script } from 'node:vm';
import { filesIn, type Index, VARIABLES } from './bundle.js';

/** Writes the bundle of the scripts, which esbuild has made of our modules. */
export function bundle(scripts: ReadonlyMap<string, string>, into: string): Index {
  const index: Index = {};
  const texts: Buffer[] = [];
  let at = 0;
  for (const [name, script] of scripts) {
    const text = Buffer.from(`(function(${VARIABLES}){${script}\n})\n`, 'latin1');
    texts.push(text);
    index[name] = { text: [at, text.length] };
    at += text.length;
  }
  const files = filesIn(into);
  writeFileSync(files.texts, Buffer.concat(texts));
  writeFileSync(files.index, JSON.stringify(index));
  return index;
}

/** Adds what V8 has compiled of a bundle's scripts, those that ran. */
export function addCompiled(
  scripts: ReadonlyMap<string, Script>,
  index: Index,
  into: string,
): void {
  const all: Buffer[] = [];
  let at = 0;
  for (const [name, script] of scripts) {
    const one = index[name];
    const data = script.createCachedData();
    if (one) one.compiled = [at, data.length];
    all.push(data);
    at += data.length;
  }
  const files = filesIn(into);
  writeFileSync(files.compiled, Buffer.concat(all));
  writeFileSync(files.index, JSON.stringify(index));
}
