/** What the library exports is documented where it is written. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import * as library from '../src/index.js';

const SOURCE = join(import.meta.dirname, '../src');

interface Export {
  /** As it is called where it is written, and as it is given on. */
  name: string;
  given: string;
  file: string;
}

/** Names that a module gives on, and where each is written. */
function exportsOf(file: string): Export[] {
  const text = readFileSync(file, 'utf8');
  const at = (from: string) => join(dirname(file), from.replace(/\.js$/, '.ts'));
  const all = [...text.matchAll(/^export \* from '(.*)';/gm)].flatMap(([, from = '']) =>
    exportsOf(at(from)),
  );
  const named = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '(.*)';/gm)].flatMap(
    ([, names = '', from = '']) =>
      names
        .split(',')
        .map((name) => name.replace(/^\s*type\s/, '').trim())
        .filter((name) => name !== '')
        .flatMap((name) => {
          // Some are given on under another name.
          const [there = '', given = there] = name.split(' as ');
          const found = exportsOf(at(from)).filter((one) => one.name === there);
          return found.map((one) => ({ ...one, given }));
        }),
  );
  const own = [...text.matchAll(DECLARATION)].map(([, name = '']) => ({ name, given: name, file }));
  return [...all, ...named, ...own];
}

const DECLARATION =
  /^export (?:declare )?(?:async )?(?:abstract )?(?:function\*?|const|class|interface|type) (\w+)/gm;

const found = exportsOf(join(SOURCE, 'index.ts'));

test('no export is overlooked', () => {
  const names = new Set(found.map(({ given }) => given));
  expect(Object.keys(library).filter((name) => !names.has(name))).toEqual([]);
  expect(found.length).toBeGreaterThan(60);
});

test.each(found.map(({ name, file }) => [name, file.slice(SOURCE.length + 1)]))(
  '%s (%s) has a description',
  (name, file) => {
    const lines = readFileSync(join(SOURCE, file), 'utf8').split('\n');
    const at = lines.findIndex((line) =>
      [...line.matchAll(DECLARATION)].some(([, found]) => found === name),
    );
    expect(lines[at - 1]).toMatch(/\*\/$/);
  },
);
