import { quote } from '../../values/problems.js';
import type { Placed } from '../../xml/scan.js';
import type { Subject } from './subject.js';

/**
 * error: the guest would not start, or not do what the XML says. warning: it may behave unexpectedly.
 * note: something could not be judged.
 */
export type Level = 'error' | 'warning' | 'note';

/** What a rule found at an element. */
export interface Found {
  at: Placed;
  level: Level;
  /** The XML is valid, but does not fit this host. */
  host?: true;
  problem: string;
  remedy: string;
}

/** A rule: one thing to look for. */
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

/** A value from the XML in quotes, shortened, without characters that end a line or move the cursor. */
export function shown(value: string): string {
  return visible(quote(value));
}

/** Longer than any that we write. */
const LONGEST = 600;

/** A text from elsewhere, shortened, with unprintable characters escaped. */
export function visible(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
  return short.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
