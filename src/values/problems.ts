import { InvalidInput, type Trouble } from './errors.js';

/** One problem in a spec. `path`: keys and list indices from the top of the file. */
export interface Problem {
  path: readonly PropertyKey[];
  problem: string;
  remedy: string;
}

/** A file with several problems: the message has the first and the number of others, `troubles` has all. */
export class InvalidFile extends InvalidInput {
  readonly troubles: readonly Trouble[];

  constructor(first: Trouble, troubles: readonly Trouble[]) {
    const more = troubles.length === 1 ? '' : ` (and ${count(troubles.length - 1)} in this file)`;
    super({ ...first, remedy: first.remedy + more });
    this.troubles = troubles;
  }
}

/** Throws InvalidFile. `problems` is not empty. */
export function refuse(source: string, problems: readonly Problem[]): never {
  const troubles = problems.map(({ path, problem, remedy }) => {
    return { thing: path.length === 0 ? source : `${source}: ${pathText(path)}`, problem, remedy };
  });
  const [first] = troubles;
  if (first === undefined) throw new TypeError('refused without a problem');
  throw new InvalidFile(first, troubles);
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

/** A value from the file for a message: short, on one line, safe for cyclic values. */
export function describe(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is empty';
  if (Array.isArray(value)) return 'got a list';
  if (typeof value === 'object') return 'got a mapping';
  if (typeof value === 'number' && value < 0) return `is negative (${value})`;
  if (typeof value === 'string') return `got ${quote(value)}`;
  return `got ${String(value)}`;
}

/** A JSON string, cut to 60 characters. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
}

function count(n: number): string {
  return n === 1 ? '1 more problem' : `${n} more problems`;
}
