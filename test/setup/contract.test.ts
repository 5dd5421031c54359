/** What follows from native/protocol.yaml is written, and is complete. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { generatedFiles } from '../../setup/contract/files.js';
import { withTables } from '../../setup/contract/markdown.js';
import { readContract } from '../../setup/contract/model.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const contract = read('native/protocol.yaml');

test('generated files are as the contract has it; otherwise: npm run generate', () => {
  const stale = [...generatedFiles(ROOT)].filter(([path, text]) => read(path) !== text);
  expect(stale.map(([path]) => path)).toEqual([]);
});

test('a new bound, setting and drop reason reach C, TypeScript and PROTOCOL.md', () => {
  const changed = contract
    .replace('max: 100000000', 'max: 123456789')
    .replace(
      '  switch:\n',
      '  switch:\n    naps: { type: integer, min: 0, max: 9, default: 2, unit: N, describe: Naps }\n',
    )
    .replace(
      'drop_reasons:\n',
      'drop_reasons:\n  moonlight: { side: device, meaning: too dark }\n',
    );
  const files = generatedFiles(ROOT, changed);
  const c = files.get('native/base/contract.h');
  expect(c).toContain('NUMBER(uint32_t, flood_limit, 0, 123456789, 0)');
  expect(c).toContain('SETTING(naps, "naps", 0, 9, 2)');
  expect(c).toContain('DROP_REASON(MOONLIGHT, "moonlight", device)');
  const bounds = files.get('src/contract/bounds.ts');
  expect(bounds).toContain('max: 123456789');
  expect(bounds).toMatch(/naps: \{[^}]*max: 9/);
  expect(bounds).toContain("moonlight: { side: 'device', meaning: 'too dark' }");
  expect(files.get('src/contract/answers.ts')).toContain('naps: count');
  const document = files.get('native/PROTOCOL.md');
  expect(document).toContain('| `flood_limit` | integer 0–123,456,789 |');
  expect(document).toContain('| `naps` | 0–9 | 2 | Naps |');
  expect(document).toContain('| `moonlight` | a device | too dark |');
});

describe('what is no contract is refused', () => {
  test.each([
    ['a misspelt key', contract.replace('summary: this list', 'sumary: this list'), /sumary/],
    [
      'a type that nobody knows',
      contract.replace('type: vlan', 'type: vlam'),
      /vlam: no such type/,
    ],
    [
      'an integer without bounds',
      contract.replace('min: -1, max: 127', 'min: -1'),
      /give min and max/,
    ],
  ])('%s', (_name, text, message) => {
    expect(() => readContract(text)).toThrow(message);
  });

  test('a method that PROTOCOL.md has no place for', () => {
    const more = contract.replace(
      'methods:\n',
      'methods:\n  port.sing: { summary: sing, level: look, result: { changed: { type: boolean } } }\n',
    );
    expect(() => withTables(read('native/PROTOCOL.md'), readContract(more))).toThrow(
      'no place for "port.sing"',
    );
  });
});
