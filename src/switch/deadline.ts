import { InvalidInput } from '../values/errors.js';

const DEFAULT_MS = 2000;

/**
 * Milliseconds that the switch has for an answer: VMLANE_SWITCH_TIMEOUT (in seconds, for machines
 * on which it waits long for its processor), else the default. Throws InvalidInput unless that is a
 * number from 1 to 3600.
 */
export function answerDeadlineMs(
  env: NodeJS.ProcessEnv = process.env,
  defaultMs = DEFAULT_MS,
): number {
  const text = env.VMLANE_SWITCH_TIMEOUT;
  if (text === undefined || text === '') return defaultMs;
  const seconds = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 1 && seconds <= 3600) return seconds * 1000;
  throw new InvalidInput({
    thing: 'VMLANE_SWITCH_TIMEOUT',
    problem: `'${text}' is not possible`,
    remedy: 'give seconds from 1 to 3600, or leave it out for 2',
  });
}
