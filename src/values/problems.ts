import { InvalidInput } from './errors.js';

/** One thing that is wrong in a spec. `path`: keys and list indices from the top of the file. */
export interface Problem {
  path: readonly PropertyKey[];
  problem: string;
  remedy: string;
}

/** Throws InvalidInput about the first problem, saying how many more there are. `problems` is not empty. */
export function refuse(source: string, problems: readonly Problem[]): never {
  const [first, ...rest] = problems;
  if (first === undefined) throw new TypeError('refused without a problem');
  const more = rest.length === 0 ? '' : ` (and ${count(rest.length)} in this file)`;
  throw new InvalidInput({
    thing: first.path.length === 0 ? source : `${source}: ${pathText(first.path)}`,
    problem: first.problem,
    remedy: first.remedy + more,
  });
}

/** `['interfaces', 1, 'mac']` as `interfaces[1].mac`. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += (text === '' ? '' : '.') + String(part);
  }
  return text;
}

/** A value from the file as a problem: short, on one line, safe for cyclic values. */
export function describe(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is empty';
  if (Array.isArray(value)) return 'got a list';
  if (typeof value === 'object') return 'got a mapping';
  if (typeof value === 'number' && value < 0) return `is negative (${value})`;
  if (typeof value === 'string') return `got ${quote(value)}`;
  return `got ${String(value)}`;
}

/** JSON string, at most 60 characters of it. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

function count(n: number): string {
  return n === 1 ? '1 more problem' : `${n} more problems`;
}
