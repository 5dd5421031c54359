import type { Look } from './plan.js';
import type { FileStep } from './steps.js';

/** The step that gives a file this text; none when it has it. */
export function edited(
  look: Look,
  path: string,
  after: string,
  why: string,
  mode = 0o644,
): FileStep[] {
  const before = look.text(path);
  return before === after ? [] : [{ kind: 'file', path, before, after, mode, why }];
}

/**
 * A text with one line for each of `lines`: the first whose key is the same is replaced in its place, more of
 * them go, and what is new comes to the end. `key` gives undefined for comments and what is none of ours.
 */
export function withLines(
  text: string | undefined,
  lines: readonly string[],
  key: (line: string) => string | undefined,
): string {
  const old = text ?? '# Written by vmlane host setup.\n';
  const wanted = new Map(lines.map((line) => [key(line), line]));
  const missing = new Map(wanted);
  const kept = (old.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((raw) => {
    const found = key(raw.trim());
    const line = found === undefined ? undefined : wanted.get(found);
    if (line === undefined) return raw;
    if (!missing.delete(found)) return '';
    return words(raw) === words(line) ? raw : `${line}\n`;
  });
  const whole = kept.join('');
  const gap = whole === '' || whole.endsWith('\n') || missing.size === 0 ? '' : '\n';
  return whole + gap + [...missing.values()].map((line) => `${line}\n`).join('');
}

function words(line: string): string {
  return line.trim().split(/\s+/).join(' ');
}
