/** The parts of the checks of answers. zod reports where a value is wrong, this words the message. */
import * as z from 'zod/mini';
import { WrongShape } from './wrong-shape.js';

/** A check that returns a T. */
export type Check<T> = z.core.$ZodType<T>;

export const text = z.string('text');
export const flag = z.boolean('true or false');
export const count = z.int('a whole number').check(z.gte(0, 'a whole number'));
export const amount = z.number('a number').check(z.gte(0, 'a number'));
export const amounts = z.record(z.string(), amount, 'an object');
export const counts = z.record(z.string(), count, 'an object');

export function oneOf<const T extends string>(...words: T[]) {
  return z.literal(words, words.join(' or '));
}

export function listOf<T>(item: Check<T>) {
  return z.array(item, 'a list');
}

export function nullable<T>(value: Check<T>) {
  return z.nullable(value);
}

/** An optional key. */
export function perhaps<T>(value: Check<T>) {
  return z.exactOptional(value);
}

/** A key's former name; `values`: the value's names, new to old, where they differed. */
interface Former {
  readonly key: string;
  readonly values?: Readonly<Record<string, string>>;
}

/**
 * An object with these keys; unknown ones are dropped, as a later switch may add some.
 * `former`: keys that an earlier switch sends under another name.
 */
export function object<const T extends z.core.$ZodLooseShape>(
  keys: T,
  former?: Readonly<Record<string, Former>>,
): Check<z.output<z.ZodMiniObject<T>>> {
  const plain = z.object(keys, 'an object');
  if (!former) return plain;
  return z.pipe(
    z.transform((value) => renamed(value, former)),
    plain,
  );
}

function renamed(value: unknown, former: Readonly<Record<string, Former>>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const given = value as Record<string, unknown>;
  const missing = Object.entries(former).filter(
    ([key, before]) => given[key] === undefined && given[before.key] !== undefined,
  );
  if (missing.length === 0) return value;
  const added = missing.map(([key, before]) => [key, valueNow(given[before.key], before)]);
  return { ...given, ...Object.fromEntries(added) };
}

function valueNow(value: unknown, { values = {} }: Former): unknown {
  return Object.entries(values).find(([, old]) => old === value)?.[0] ?? value;
}

/** The value with its type. Throws WrongShape, naming `at` and where in it. */
export function checked<T>(check: Check<T>, value: unknown, at: string): T {
  const result = z.safeParse(check, value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = (issue?.path ?? []).map((one) =>
    typeof one === 'number' ? `[${one}]` : `.${String(one)}`,
  );
  throw new WrongShape(`${at}${path.join('')} is not ${issue?.message}`);
}
