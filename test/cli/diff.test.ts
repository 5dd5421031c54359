import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { diff, unifiedDiff } from '../../src/cli/diff.js';

const line = fc.constantFrom('a', 'b', 'c', '', ' d', 'e\r', '-f', '\\ g');
const text = fc
  .tuple(fc.array(line, { maxLength: 24 }), fc.boolean())
  .map(([lines, ended]) => lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''));

test('git apply makes the one text of the other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmlane-diff-'));
  const [file, patch] = [join(folder, 'x.xml'), join(folder, 'x.diff')];
  try {
    fc.assert(
      fc.property(text, text, (before, after) => {
        // git has another form for a file that comes or goes.
        fc.pre(before !== after && before !== '' && after !== '');
        writeFileSync(file, before);
        writeFileSync(patch, unifiedDiff(before, after, 'a/x.xml', false));
        execFileSync('git', ['apply', '--whitespace=nowarn', patch], { cwd: folder });
        expect(readFileSync(file, 'utf8')).toBe(after);
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the same text has no difference', () => {
  expect(unifiedDiff('a\n', 'a\n', 'x', true)).toBe('');
  expect(diff('a\n', 'a', true)).toBe('');
});

test('changes that lie apart are hunks of their own, with three lines around', () => {
  const before = Array.from({ length: 20 }, (_, i) => `${i}\n`);
  const after = before.with(2, 'x\n').toSpliced(15, 1);
  expect(unifiedDiff(before.join(''), after.join(''), 'x', false)).toBe(
    `--- x\n+++ x\n@@ -1,6 +1,6 @@\n 0\n 1\n-2\n+x\n 3\n 4\n 5\n@@ -13,7 +13,6 @@\n 12\n 13\n 14\n-15\n 16\n 17\n 18\n`,
  );
});

test('texts with too many changes are replaced whole', () => {
  const many = (of: string) => Array.from({ length: 5000 }, (_, i) => `${of}${i}\n`).join('');
  const shown = unifiedDiff(`0\n${many('a')}1\n`, `0\n${many('b')}1`, 'x', false).split('\n');
  expect(shown.slice(2, 4)).toEqual(['@@ -1,5002 +1,5002 @@', '-0']);
  expect(shown.slice(-3)).toEqual(['+1', '\\ No newline at end of file', '']);
  expect(shown.length).toBe(10_004 + 5);
  expect(diff(many('a'), many('b'), false).split('\n').length).toBe(10_001);
});

test('colours mark what goes and what comes', () => {
  expect(unifiedDiff('a\n', 'b\n', 'x', true)).toContain(
    '\u001b[31m-a\u001b[0m\n\u001b[32m+b\u001b[0m\n',
  );
});

test('a long file that comes or goes is shown whole', () => {
  const long = 'x\n'.repeat(3000);
  expect(unifiedDiff('', long, 'x', false)).toMatch(/^--- x\n\+\+\+ x\n@@ -0,0 \+1,3000 @@\n/);
  expect(unifiedDiff(long, '', 'x', false)).toMatch(/^--- x\n\+\+\+ x\n@@ -1,3000 \+0,0 @@\n/);
});
