/** What checks of hosts have found, on a terminal or for a program. */
import { visible } from '../domain/validate/finding.js';
import type { Finding, Level, Purpose } from '../host/check/index.js';
import type { Io } from './io.js';
import { printJson } from './output.js';

const COLORS: Record<Level, number> = { ok: 32, warning: 33, failure: 31 };

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

/** How many of each level. */
export function countsOf(found: readonly Finding[]): Record<Level, number> {
  const of = (level: Level) => found.filter((one) => one.level === level).length;
  return { ok: of('ok'), warning: of('warning'), failure: of('failure') };
}
