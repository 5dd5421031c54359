import { errorText, type Trouble, VmlaneError } from '../values/errors.js';
import { type Io, say } from './io.js';
import type { JsonObject } from './output.js';

/**
 * Prints an error on stderr and returns the exit code. As text, one line for each error; as JSON,
 * one line: `{"error": {thing, problem, remedy, exit_code}}`, with `errors` beside it for an
 * AggregateError of several.
 */
export function report(error: unknown, asJson: boolean, io: Pick<Io, 'err' | 'env'>): number {
  const all: unknown[] = error instanceof AggregateError ? error.errors : [error];
  // Stacks come first: JSON is the last line.
  if (io.env.VMLANE_DEBUG === '1') for (const one of all) io.err(`${stackOf(one)}\n`);
  if (asJson) {
    const described = all.map(errorJson);
    const [first] = described;
    io.err(
      `${JSON.stringify({ error: first, ...(described.length > 1 && { errors: described }) })}\n`,
    );
  } else for (const one of all) say(io, lineOf(one));
  return all.every((one) => codeOf(one) === 2) ? 2 : 1;
}

/** An error as JSON. */
export function errorJson(error: unknown): JsonObject {
  const { thing, problem, remedy } = error instanceof VmlaneError ? error.trouble : bug(error);
  return { thing, problem, remedy, exit_code: codeOf(error) };
}

function codeOf(error: unknown): number {
  return error instanceof VmlaneError ? error.exitCode : 1;
}

function lineOf(error: unknown): string {
  if (error instanceof VmlaneError) return error.message;
  const { problem, remedy } = bug(error);
  return `${problem}; ${remedy}`;
}

function stackOf(error: unknown): string {
  return (error instanceof Error && error.stack) || String(error);
}

function bug(error: unknown): Trouble {
  const text = errorText(error);
  const problem = `unexpected error: ${text.split('\n')[0]}`;
  return { thing: 'vmlane', problem, remedy: 'VMLANE_DEBUG=1 shows where, please report' };
}
