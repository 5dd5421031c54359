import { expect, test } from 'vitest';
import { slowness } from '../../lab/slow.js';

test('waits are as long as they are, unless VMLANE_TEST_SLOW says longer', () => {
  expect(slowness({})).toBe(1);
  expect(slowness({ VMLANE_TEST_SLOW: '' })).toBe(1);
  expect(slowness({ VMLANE_TEST_SLOW: '2.5' })).toBe(2.5);
});

test.each(['0', '0.5', '-1', '101', 'x', '1e2', ' 2'])('%j is refused', (text) => {
  expect(() => slowness({ VMLANE_TEST_SLOW: text })).toThrow(
    `VMLANE_TEST_SLOW: '${text}' is not possible; give a number from 1 to 100`,
  );
});
