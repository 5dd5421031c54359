import { expect, test } from 'vitest';
import { readOptions } from '../../bench/options.js';

test('defaults, and all that can be said', () => {
  expect(readOptions([])).toMatchObject({ sizes: [64, 1514], rounds: 5, seconds: 4, nice: 0 });
  expect(readOptions(['--only', 'ovs,scale', '--sizes=100', '--nice=-20'])).toMatchObject({
    only: ['ovs', 'scale'],
    sizes: [100],
    nice: -20,
  });
  expect(readOptions(['-h'])).toBeUndefined();
});

test.each([
  [['--only', 'snabb'], "--only: 'snabb' is not possible; give some of vhost-switch, uplink"],
  [['--sizes', '63'], "--sizes: '63' is not possible; give a whole number from 64 to 1514"],
  [['--rounds', '1.5'], "--rounds: '1.5' is not possible"],
  [['--seconds', '0'], "--seconds: '0' is not possible"],
  [['--what'], "bench: Unknown option '--what'"],
  [['64'], "bench: Unexpected argument '64'"],
])('%j is refused', (words, message) => expect(() => readOptions(words)).toThrow(message));
