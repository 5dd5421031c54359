import type { Look } from '../look/index.js';
import { blockIn, withBlock } from './block.js';
import type { FileChange } from './changes.js';
import { claimsOn } from './claims.js';
import type { Author } from './entry.js';
import { readJournal } from './journal.js';

/** The change that gives a file this text; none if it has it. */
export function edited(
  look: Look,
  path: string,
  after: string,
  why: string,
  mode = 0o644,
): FileChange[] {
  const before = look.text(path);
  return before === after ? [] : [{ kind: 'file', path, before, after, mode, why }];
}

/**
 * A text with one line for each of `lines`: the first line with the same key is replaced in place, repetitions
 * are removed, and new lines are appended. `key` returns undefined for comments and lines that are not ours.
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
    return spaced(raw) === spaced(line) ? raw : `${line}\n`;
  });
  const whole = kept.join('');
  const gap = whole === '' || whole.endsWith('\n') || missing.size === 0 ? '' : '\n';
  return whole + gap + [...missing.values()].map((line) => `${line}\n`).join('');
}

/** Normalised to one blank between words. */
function spaced(line: string): string {
  return line.trim().split(/\s+/).join(' ');
}

/** The wanted state of a file. */
export interface WantedBlock {
  path: string;
  name: string;
  body: string;
  /** Absent: only the text matters, and the journal is not read. */
  by?: Author;
  /** Of a new file. */
  mode: number;
  why: string;
}

/**
 * The change that inserts a block for its author; none if it exists and its author already has a claim, or
 * nobody could undo it. `before` and `after` are equal if only the claim is new.
 */
export function blockChange(look: Look, wanted: WantedBlock): FileChange[] {
  const { path, name, body, by, mode, why } = wanted;
  const before = look.text(path);
  if (before !== undefined && blockIn(before, name) === body) {
    if (by === undefined) return [];
    const claims = claimsOn(readJournal(look).entries, { path, name });
    if (claims.length === 0 || claims.some((one) => one.by === by)) return [];
  }
  const after = withBlock(before ?? '', name, body);
  return [{ kind: 'file', path, before, after, mode, why, block: name }];
}
