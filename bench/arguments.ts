import { type ParseArgsConfig, parseArgs } from 'node:util';
import { InvalidInput } from '../src/values/errors.js';

/** parseArgs, but accepts `--nice -15` for `--nice=-15`. Throws InvalidInput. */
export function parseArguments<T extends NonNullable<ParseArgsConfig['options']>>(
  program: string,
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ options: T }>>['values'] {
  try {
    return parseArgs({ args: joinNumbers(args), options }).values;
  } catch (error) {
    const problem = error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
    const remedy = `see npm run ${program} -- --help`;
    throw new InvalidInput({ thing: program, problem, remedy });
  }
}

/** parseArgs would read such a value as an option; none of ours begins with a digit. */
function joinNumbers(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1) ?? '';
    if (/^-\d/.test(arg) && /^--[a-z]+$/.test(before)) joined.splice(-1, 1, `${before}=${arg}`);
    else joined.push(arg);
  }
  return joined;
}

/** A whole number in a range. Throws InvalidInput. */
export function whole(option: string, text: string, min: number, max: number): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw invalid(option, text, `a whole number from ${min} to ${max}`);
}

export function invalid(option: string, value: string, wanted: string): InvalidInput {
  return new InvalidInput({
    thing: option,
    problem: `'${value}' is not possible`,
    remedy: `give ${wanted}`,
  });
}
