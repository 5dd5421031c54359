import { expect, test } from 'vitest';
import { withLines } from '../../../src/system/files/edit.js';

const key = (line: string) => /^(\w+)=/.exec(line)?.[1];

test.each([
  [undefined, '# Written by vmlane host setup.\na=1\nb=2\n'],
  ['', 'a=1\nb=2\n'],
  ['# a=0\nc=3', '# a=0\nc=3\na=1\nb=2\n'],
  ['b=9\n\na=0 # x\n', 'b=2\n\na=1\n'],
  // Of two some programs take the first, others the last.
  ['a=7\nc=1\na=8\n', 'a=1\nc=1\nb=2\n'],
  ['  a=1\nb=2', '  a=1\nb=2'],
])('%j', (before, after) => {
  expect(withLines(before, ['a=1', 'b=2'], key)).toBe(after);
  expect(withLines(after, ['a=1', 'b=2'], key)).toBe(after);
});
