import { InvalidInput } from '../src/values/errors.js';

/**
 * Factor for all time-outs of tests, lab and benchmark, relative to an idle machine:
 * VMLANE_TEST_SLOW, 1 unless set. Throws InvalidInput unless it is a number from 1 to 100.
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

/** The time-out in milliseconds for work that takes a fraction of `ms` on an idle machine. */
export function patience(ms: number): number {
  return Math.ceil(ms * slowness());
}
