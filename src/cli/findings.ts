/** What checks of hosts have found, on a terminal or for a program. */
import { visible } from '../domain/validate/finding.js';
import type { Found } from '../host/check/finding.js';
import type { Finding, Level, Purpose } from '../host/check/index.js';
import { type Io, say } from './io.js';
import { printJson } from './output.js';

const COLORS: Record<Level, number> = { ok: 32, warning: 33, failure: 31 };

/** What one check has found. */
export function asFindings(found: readonly Found[], check: string): Finding[] {
  return found.map((one) => ({ check, ...one }));
}

/** Prints what was found: a line each, or JSON. */
export function showFindings(
  found: readonly Finding[],
  purpose: Purpose | 'migration',
  asJson: boolean,
  io: Pick<Io, 'out' | 'color'>,
  more: object = {},
): void {
  if (!asJson) {
    for (const one of found) io.out(`${lineOf(one, io)}\n`);
    return;
  }
  const findings = found.map(({ check, level, what, evidence, remedy = null }) => {
    return { check, level, what, evidence, remedy };
  });
  printJson(io, { for: purpose, ...countsOf(found), findings, ...more });
}

/** `level: check: what (evidence); remedy` */
function lineOf({ check, level, what, evidence, remedy }: Finding, io: Pick<Io, 'color'>): string {
  const described = visible(what);
  const seen = visible(evidence);
  const word = io.color ? `\u001b[${COLORS[level]}m${level}\u001b[0m` : level;
  return `${word}: ${check}: ${described} (${seen})${remedy ? `; ${visible(remedy)}` : ''}`;
}

/** Says how many of each level there are; the exit code is 1 if there is a failure. */
export function conclude(found: readonly Pick<Found, 'level'>[], io: Pick<Io, 'err'>): number {
  const { ok, warning, failure } = countsOf(found);
  say(io, `${ok} ok, ${warning} to look at, ${failure} that must be put right`);
  return failure > 0 ? 1 : 0;
}

function countsOf(found: readonly Pick<Found, 'level'>[]): Record<Level, number> {
  const of = (level: Level) => found.filter((one) => one.level === level).length;
  return { ok: of('ok'), warning: of('warning'), failure: of('failure') };
}
