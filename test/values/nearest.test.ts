import { expect, test } from 'vitest';
import { nearest } from '../../src/values/nearest.js';

const KNOWN = ['name', 'memory', 'interfaces', 'mac', 'boot'];

test.each([
  ['memroy', 'memory'],
  ['Memory', 'memory'],
  ['interface', 'interfaces'],
  ['mca', 'mac'],
  ['boots', 'boot'],
  ['graphics', undefined],
  ['x', undefined],
  ['interfaces-of-the-guest', undefined],
])('%s', (word, expected) => {
  expect(nearest(word, KNOWN)).toBe(expected);
});

test('a very long word is near to nothing, and costs nothing', () => {
  expect(nearest('y'.repeat(1_000_000), KNOWN)).toBeUndefined();
});
