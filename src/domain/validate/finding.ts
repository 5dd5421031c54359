import { quote } from '../../values/problems.js';
import type { Placed } from '../../xml/scan.js';
import type { Subject } from './subject.js';

/**
 * error: the guest would not start, or not do what the XML says. warning: it may surprise. note:
 * what could not be judged.
 */
export type Level = 'error' | 'warning' | 'note';

/** What a rule found, at an element. */
export interface Found {
  at: Placed;
  level: Level;
  /** The XML is good; this host does not fit it. */
  host?: true;
  problem: string;
  remedy: string;
}

/** One thing to look for. */
export interface Rule {
  name: string;
  check(subject: Subject): Iterable<Found>;
}

export function error(at: Placed, problem: string, remedy: string): Found {
  return { at, level: 'error', problem, remedy };
}

export function warning(at: Placed, problem: string, remedy: string): Found {
  return { at, level: 'warning', problem, remedy };
}

export function note(at: Placed, problem: string, remedy: string): Found {
  return { at, level: 'note', problem, remedy };
}

/** An error of this host alone. */
export function unfit(at: Placed, problem: string, remedy: string): Found {
  return { at, level: 'error', host: true, problem, remedy };
}

/** A value from the XML in quotes, short; nothing in it can end a line or move a cursor. */
export function shown(value: string): string {
  return visible(quote(value));
}

/** Longer than any that we write. */
const LONGEST = 600;

/** A text from elsewhere, not too long, with its unprintable characters written out. */
export function visible(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
  return short.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
