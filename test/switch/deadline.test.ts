import { expect, test } from 'vitest';
import { answerDeadlineMs } from '../../src/switch/deadline.js';

test('two seconds, unless VMLANE_SWITCH_TIMEOUT or the caller says otherwise', () => {
  expect(answerDeadlineMs({})).toBe(2000);
  expect(answerDeadlineMs({ VMLANE_SWITCH_TIMEOUT: '' }, 3000)).toBe(3000);
  expect(answerDeadlineMs({ VMLANE_SWITCH_TIMEOUT: '30' }, 3000)).toBe(30_000);
  expect(answerDeadlineMs({ VMLANE_SWITCH_TIMEOUT: '1.5' })).toBe(1500);
});

test.each(['0', '0.5', '3601', '1e3', '-1', 'x', '2s'])('%j is refused', (text) => {
  expect(() => answerDeadlineMs({ VMLANE_SWITCH_TIMEOUT: text })).toThrow(
    `VMLANE_SWITCH_TIMEOUT: '${text}' is not possible; give seconds from 1 to 3600, or leave it out for 2`,
  );
});
