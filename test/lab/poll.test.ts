import { expect, test } from 'vitest';
import { until } from '../../lab/poll.js';
import { patience } from '../../lab/slow.js';

const wait = { thing: 'guest a', problem: 'is not ready', remedy: 'see its log', ms: 120 };

test('gives the first answer', async () => {
  let calls = 0;
  const answer = await until({ ...wait, ms: 5000 }, async () =>
    ++calls === 3 ? 'here' : undefined,
  );
  expect(answer).toBe('here');
  expect(calls).toBe(3);
});

test('says what has not happened when the time is over', async () => {
  await expect(until(wait, async () => undefined)).rejects.toThrow(
    `guest a: is not ready after ${patience(120) / 1000} s; see its log`,
  );
});

test('ends with what the probe throws', async () => {
  await expect(
    until(wait, async () => {
      throw new Error('crashed');
    }),
  ).rejects.toThrow('crashed');
});

test('ends with the reason of the signal', async () => {
  const signal = AbortSignal.abort(new Error('interrupted'));
  await expect(until({ ...wait, signal }, async () => 'here')).rejects.toThrow('interrupted');
});
