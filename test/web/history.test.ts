import { expect, test } from 'vitest';
import { Rings } from '../../src/web/history.js';

const row = (n: number) => [n, n + 1, n + 2, n + 3, n + 4];

test('the latest seconds, oldest first, of each port and of all', () => {
  const rings = new Rings(3);
  for (let i = 1; i <= 5; i += 1)
    rings.add(i * 1000, new Map([['a', row(i)] as const, ['b', row(10 * i)] as const]));
  expect(rings.of('a')).toEqual({
    times: [3000, 4000, 5000],
    columns: [
      [3, 4, 5],
      [4, 5, 6],
      [5, 6, 7],
      [6, 7, 8],
      [7, 8, 9],
    ],
  });
  expect(rings.of()?.columns[0]).toEqual([33, 44, 55]);
  expect(rings.of('c')).toBeUndefined();
});

test('a port that comes later has nothing before; one that goes is forgotten, and comes as a new one', () => {
  const rings = new Rings(4);
  rings.add(1, new Map([['a', row(1)]]));
  rings.add(2, new Map([['b', undefined]]));
  expect(rings.of('a')).toBeUndefined();
  rings.add(3, new Map([['a', row(3)]]));
  expect(rings.of('a')?.columns[0]).toEqual([null, null, 3]);
  expect(rings.of()?.columns[0]).toEqual([1, 0, 3]);
});

test('a second without a switch is a gap, and ports stay', () => {
  const rings = new Rings(3);
  rings.add(1, new Map([['a', row(1)]]));
  rings.addGap(2);
  expect(rings.of('a')?.columns[4]).toEqual([5, null]);
  expect(rings.of()?.columns[4]).toEqual([5, null]);
  // Once around: nothing of it is left.
  for (const i of [3, 4, 5]) rings.addGap(i);
  expect(rings.of('a')?.columns[4]).toEqual([null, null, null]);
});

test('numbers are short', () => {
  const rings = new Rings(1);
  rings.add(1, new Map([['a', [123_456_789, 0.123456, 0, 1, 2]]]));
  expect(rings.of('a')?.columns.map(([value]) => value)).toEqual([123_500_000, 0.1235, 0, 1, 2]);
});
