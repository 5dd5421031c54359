/** Arguments of the two programs, each a table of options. */
import { parseArgs } from 'node:util';
import { errorText, InvalidInput } from '../values/errors.js';
import { nearest } from '../values/nearest.js';

/** An option with a value. */
export interface Option {
  /** What stands for the value in the help. */
  value: string;
  describe: string;
  /** From here if it is not given. */
  env?: string;
  default?: string;
}

/** What a program says of itself. */
export interface Program<T extends Record<string, Option> = Record<string, Option>> {
  name: string;
  summary: string;
  options: T;
  example: string;
}

// The bundle has it (setup/kubernetes).
declare const VMLANE_VERSION: string | undefined;

/** The values, or the text that is asked for. @throws InvalidInput */
export function readArguments<T extends Record<string, Option>>(
  program: Program<T>,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): { values: Record<keyof T, string | undefined> } | { text: string } {
  const { name, options } = program;
  const known = Object.keys(options);
  const refuse = (thing: string, problem: string, remedy = `see ${name} --help`) =>
    new InvalidInput({ thing, problem, remedy });
  const { tokens, values } = parsed(known, words, (error) => refuse(name, errorText(error)));
  for (const token of tokens) {
    if (token.kind === 'positional') throw refuse(token.value, 'is no option');
    if (token.kind !== 'option' || known.includes(token.name)) continue;
    if (token.name === 'help') return { text: help(program) };
    if (token.name === 'version')
      return { text: `${typeof VMLANE_VERSION === 'string' ? VMLANE_VERSION : 'not built'}\n` };
    const near = nearest(token.name, known);
    const remedy = near === undefined ? undefined : `did you mean --${near}?`;
    throw refuse(token.rawName, 'is no option', remedy);
  }
  const all = known.map((key) => {
    const about = options[key] as Option;
    const given = values[key];
    if (given === true || given === '') throw refuse(`--${key}`, 'has no value');
    const from = about.env === undefined ? undefined : env[about.env] || undefined;
    return [key, given ?? from ?? about.default] as const;
  });
  return { values: Object.fromEntries(all) as Record<keyof T, string | undefined> };
}

function parsed(
  known: readonly string[],
  words: readonly string[],
  refuse: (error: unknown) => InvalidInput,
) {
  try {
    const options = Object.fromEntries(known.map((key) => [key, { type: 'string' as const }]));
    const all = { args: [...words], options, tokens: true, strict: false, allowPositionals: true };
    return parseArgs(all as typeof all & { tokens: true });
  } catch (error) {
    throw refuse(error);
  }
}

function help<T extends Record<string, Option>>(program: Program<T>): string {
  const rows = Object.entries(program.options).map(([key, { value, describe, ...from }]) => {
    const notes = [
      ...(from.env === undefined ? [] : [`or ${from.env}`]),
      ...(from.default === undefined ? [] : [`default: ${from.default}`]),
    ];
    return [`--${key} ${value}`, describe + (notes.length > 0 ? ` [${notes.join('; ')}]` : '')];
  });
  rows.push(['--help', 'Print this'], ['--version', 'Print the version']);
  const width = Math.max(...rows.map(([left = '']) => left.length));
  const lines = rows.map(([left = '', right]) => `  ${left.padEnd(width)}  ${right}`);
  return `${program.name} [OPTIONS]\n\n${program.summary}\n\nOptions:\n${lines.join('\n')}\n\nExample:\n  ${program.example}\n`;
}

/** A whole number. @throws InvalidInput */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  const problem = `'${text}' is not possible`;
  const remedy = `give a whole number, ${min} to ${max}`;
  throw new InvalidInput({ thing: `--${option}`, problem, remedy });
}
