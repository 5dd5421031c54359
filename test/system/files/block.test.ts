import { expect, test } from 'vitest';
import { blockIn, withBlock } from '../../../src/system/files/block.js';

const block = (body: string) => `# begin vmlane: x\n${body}# end vmlane\n`;

test.each([
  ['', 'r\n', block('r\n')],
  ['a', 'r\n', `a\n${block('r\n')}`],
  // In its place: what others wrote around it keeps its order.
  [`a\n${block('old\n')}b\n`, 'r\n', `a\n${block('r\n')}b\n`],
  [`a\n${block('old\n')}b\n`, undefined, 'a\nb\n'],
  ['a\n# begin vmlane: x\nold\n# end vmlane', undefined, 'a\n'],
  ['a\n', undefined, 'a\n'],
  [`a\n${block('').replace('x', 'other')}`, undefined, `a\n${block('').replace('x', 'other')}`],
  ['a\n', '$& $1\n', `a\n${block('$& $1\n')}`],
])('%j with %j', (before, body, after) => {
  expect(withBlock(before, 'x', body)).toBe(after);
  expect(blockIn(after, 'x')).toBe(body);
});
