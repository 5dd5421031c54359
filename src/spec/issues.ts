import type * as z from 'zod';
import { nearest } from '../values/nearest.js';
import { describe, type Problem, quote } from '../values/problems.js';

type Issue = z.core.$ZodIssue;

/** Zod's issues about `data` as problems: one per place, unknown keys first (a misspelt key is also a missing one). */
export function problemsOf(found: readonly Issue[], data: unknown): Problem[] {
  const issues = found.flatMap(insideUnions);
  const unknown = issues.filter((issue) => issue.code === 'unrecognized_keys');
  const others = issues.filter((issue) => issue.code !== 'unrecognized_keys');
  const problems = [
    ...unknown.flatMap(unknownKeys),
    ...others.map((issue) => problemOf(issue, data)),
  ];
  return problems.filter((one, index) => problems.findIndex((p) => samePlace(p, one)) === index);
}

/** Replaces an issue with a union by the issues of the branch for this type of value. */
function insideUnions(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.find((branch) => !branch.some(isWrongType));
  if (meant === undefined) return [issue];
  return meant.flatMap((inner) => insideUnions({ ...inner, path: [...issue.path, ...inner.path] }));
}

function isWrongType(issue: Issue): boolean {
  // A word beside mappings (firmware, graphics): a mapping is none of its choices.
  return ['invalid_type', 'invalid_value'].includes(issue.code) && issue.path.length === 0;
}

// fields.ts: the message of an unrecognized_keys issue lists the keys that the mapping knows.
function unknownKeys(issue: Issue & { code: 'unrecognized_keys' }): Problem[] {
  return issue.keys.map((key) => {
    const near = nearest(key, issue.message.split(', '));
    return {
      path: issue.path,
      problem: `unknown key ${quote(key)}`,
      remedy: near === undefined ? `known here: ${issue.message}` : `did you mean ${quote(near)}?`,
    };
  });
}

function problemOf(issue: Issue, data: unknown): Problem {
  const problem =
    issue.code === 'custom' && typeof issue.params?.problem === 'string'
      ? issue.params.problem
      : describe(valueAt(data, issue.path));
  const remedy =
    issue.code === 'invalid_type' && issue.expected === 'object'
      ? `give a mapping of: ${issue.message}`
      : issue.message;
  return { path: issue.path, problem, remedy };
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  let value = data;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

function samePlace(a: Problem, b: Problem): boolean {
  const unknown = [a, b].some(({ problem }) => problem.startsWith('unknown key'));
  return a.path.join('\0') === b.path.join('\0') && (!unknown || a.problem === b.problem);
}
