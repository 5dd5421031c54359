import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exampleText, listExamples } from '../../src/guests/examples.js';
import { parseSpec } from '../../src/spec/index.js';
import { packageRoot } from '../../src/switch/paths.js';

const templates = join(packageRoot(), 'templates');

test('all files are listed, each with a sentence', () => {
  const files = ['examples', 'domain'].flatMap((folder) => readdirSync(join(templates, folder)));
  const all = listExamples();
  expect(all).toHaveLength(files.length);
  for (const { what } of all) expect(what).toMatch(/^[A-Z].{12,}[^.:]$/);
  expect(all.map(({ name, kind }) => [name, kind])).toEqual(
    expect.arrayContaining([
      ['server', 'spec'],
      ['server.xml', 'template'],
    ]),
  );
});

test('a spec finds its schema wherever it is put', () => {
  const text = exampleText('server.yaml');
  expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=${templates}/spec.schema.json`);
  expect(parseSpec(exampleText('server'), 'server.yaml').name).toBe('web1');
  expect(exampleText('desktop.xml')).toContain('<domain');
});

test('an unknown one is refused with the nearest', () => {
  expect(() => exampleText('sever')).toThrow(
    'sever: there is no such example; did you mean server?',
  );
});
