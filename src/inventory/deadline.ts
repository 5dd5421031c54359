/** How long another host may take. */
import { InvalidInput } from '../values/errors.js';

const DEFAULT_SECONDS = 30;

/**
 * Milliseconds that a host has for its answer, connecting included: VMLANE_HOST_TIMEOUT, in seconds, else the
 * default. @throws InvalidInput unless that is a number from 1 to 3600
 */
export function hostDeadlineMs(env: NodeJS.ProcessEnv): number {
  const text = env.VMLANE_HOST_TIMEOUT;
  if (text === undefined || text === '') return DEFAULT_SECONDS * 1000;
  const seconds = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 1 && seconds <= 3600) return seconds * 1000;
  throw new InvalidInput({
    thing: 'VMLANE_HOST_TIMEOUT',
    problem: `'${text}' is not possible`,
    remedy: `give seconds from 1 to 3600, or leave it out for ${DEFAULT_SECONDS}`,
  });
}
