/** The page's parts that need no browser. */
import { expect, test } from 'vitest';
import { byName } from '../../src/values/by-name.js';
import { after, NOTHING } from '../../src/web/page/state.js';
import { duration, rate, shortened } from '../../src/web/page/words.js';

test.each([
  [0, '0'],
  [0.04, '<0.1'],
  [0.25, '0.3'],
  [7, '7'],
  [99.96, '100'],
  [999.4, '999'],
  [999.6, '1 k'],
  [1234, '1.23 k'],
  [12_345, '12.3 k'],
  [999_499, '999 k'],
  [999_600, '1 M'],
  [1.5e9, '1.5 G'],
  [123e15, '123000 T'],
])('%d: %s', (value, text) => expect(rate(value)).toBe(text));

test.each([
  [-1, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [3725, '1 h 2 min'],
  [3 * 86_400 + 5, '3 d'],
])('%d seconds: %s', (seconds, text) => expect(duration(seconds)).toBe(text));

test('long names lose their middle', () => {
  expect(shortened('short', 5)).toBe('short');
  expect(shortened('guest-of-somebody.0', 10)).toBe('guest…dy.0');
  expect(shortened('guest-of-somebody.0', 10)).toHaveLength(10);
});

test('names with numbers in them as one counts', () =>
  expect(['web10.0', 'web9.0', 'a'].sort(byName)).toEqual(['a', 'web9.0', 'web10.0']));

test('a message has only what is new; a whole one makes all else forgotten that has happened', () => {
  const facts = { up: true, version: '1' };
  const one = (number: number) => ({ number, time: 't', event: 'limit', port: 'a', text: '' });
  const [a, b] = [one(1), one(2)];
  const first = after(NOTHING, { time: 1, whole: true, switch: facts, rows: [0], happened: [a] });
  // What came between it and the next second is in both.
  const second = after(first, { time: 2, rows: [null], happened: [a, b] });
  expect(second).toMatchObject({ time: 2, switch: facts, rows: [null], happened: [a, b] });
  // Rows are of the ports that were told last.
  expect(after(second, { time: 3, ports: [] }).rows).toEqual([]);
  expect(after(second, { time: 3, whole: true }).happened).toEqual([]);
  expect(after(second, { time: 3, whole: true, happened: [a] }).happened).toEqual([a]);
  let many = second;
  for (let i = 3; i < 1000; i += 1) many = after(many, { time: i, happened: [one(i)] });
  expect(many.happened).toHaveLength(300);
});

test('events of addresses push no others out', () => {
  const of = (event: string, number: number) => ({ number, time: 't', event, port: 'a', text: '' });
  let state = after(NOTHING, { time: 0, whole: true, happened: [of('port-down', 1)] });
  for (let i = 2; i < 1000; i += 1)
    state = after(state, { time: i, happened: [of('address-learned', i)] });
  expect(state.happened.map(({ event }) => event).filter((one) => one === 'port-down')).toEqual([
    'port-down',
  ]);
  expect(state.happened).toHaveLength(101);
});
