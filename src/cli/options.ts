import { cpuSet } from '../values/cpu-set.js';
import { InvalidInput } from '../values/errors.js';
import type { Names, Option } from './command.js';

/** An option with a text value, which may be the name of something. */
export function text(name: string, describe: string, names?: Names) {
  return {
    type: 'string',
    describe,
    requiresArg: true,
    ...(names && { names }),
    coerce: (value: unknown): string => single(name, value),
  } as const satisfies Option;
}

/** An option with a whole number from `least` to `most`. */
export function integer(name: string, least: number, most: number, describe: string) {
  return {
    // No type, so that we get "1x" as the user wrote it and not NaN.
    describe,
    requiresArg: true,
    coerce: (value: unknown): number => {
      const given = single(name, value);
      const number = Number(given);
      if (/^\d+$/.test(given) && number >= least && number <= most) return number;
      throw new InvalidInput({
        thing: `--${name}`,
        problem: `"${given}" is not a whole number from ${least} to ${most}`,
        remedy: `give a number such as --${name} ${Math.max(least, Math.min(most, 1))}`,
      });
    },
  } as const satisfies Option;
}

/** An option with a set of whole numbers from `least` to `most`: 3, or 2,3 or 2-5,8. */
export function integers(name: string, least: number, most: number, describe: string) {
  return {
    describe,
    requiresArg: true,
    coerce: (value: unknown): number[] => {
      const given = single(name, value);
      const numbers = given.split(',').flatMap((part) => {
        // NaN is out of every range, so it is refused below.
        return (/^[\d-]+$/.test(part) && cpuSet(part)) || [Number.NaN];
      });
      if (numbers.every((n) => n >= least && n <= most) && isSet(numbers)) return numbers;
      throw new InvalidInput({
        thing: `--${name}`,
        problem: `"${given}" is not a list of different whole numbers from ${least} to ${most}`,
        remedy: `give numbers or ranges such as --${name} 2,3 or --${name} 2-5`,
      });
    },
  } as const satisfies Option;
}

function isSet(numbers: number[]): boolean {
  return new Set(numbers).size === numbers.length;
}

/** An option with one of a few words. */
export function choice<const T extends string>(
  name: string,
  words: readonly T[],
  describe: string,
) {
  return {
    type: 'string',
    describe,
    requiresArg: true,
    words,
    coerce: (value: unknown): T => {
      const given = single(name, value);
      const word = words.find((one) => one === given);
      if (word !== undefined) return word;
      throw new InvalidInput({
        thing: `--${name}`,
        problem: `"${given}" is not one of ${words.join(', ')}`,
        remedy: `give a word such as --${name} ${words[0]}`,
      });
    },
  } as const satisfies Option;
}

/** An option that may be given several times. */
export function texts(describe: string, names?: Names) {
  return {
    ...{ type: 'array', string: true, describe, requiresArg: true },
    ...(names && { names }),
  } as const satisfies Option;
}

/** An option without a value: given or not. */
export function flag(describe: string) {
  return { type: 'boolean', describe } as const satisfies Option;
}

/** `--json`, on every command that prints data. */
export const json = flag('Print JSON; an error, too, on standard error');

// yargs collects repetitions in a list; we do not guess which one was meant.
function single(name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new InvalidInput({
    thing: `--${name}`,
    problem: Array.isArray(value) ? 'given more than once' : 'its value is empty',
    remedy: 'give it once, with a value',
  });
}
