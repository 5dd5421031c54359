import { InvalidInput } from '../src/values/errors.js';

/**
 * How many times longer than on an idle machine tests, lab and benchmark wait before they give up:
 * VMLANE_TEST_SLOW, 1 unless set. Throws InvalidInput for what is no number from 1 to 100.
 */
export function slowness(env: NodeJS.ProcessEnv = process.env): number {
  const text = env.VMLANE_TEST_SLOW;
  if (text === undefined || text === '') return 1;
  const factor = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (factor >= 1 && factor <= 100) return factor;
  throw new InvalidInput({
    thing: 'VMLANE_TEST_SLOW',
    problem: `'${text}' is not possible`,
    remedy: 'give a number from 1 to 100',
  });
}

/** How long to wait at most, in milliseconds, for what takes a fraction of `ms` on an idle machine. */
export function patience(ms: number): number {
  return Math.ceil(ms * slowness());
}
