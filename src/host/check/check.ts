/** What a check is: facts that it reads, and a judgement of them, which is pure. */
import type { Look } from '../../system/look/index.js';
import type { Ask } from '../../system/processes/programs.js';
import type { Found, Level, Purpose } from './finding.js';

/** What is to be checked. */
export interface CheckRequest {
  purpose: Purpose;
  /** Folder for the sockets of guests. */
  socketDir: string;
  /** Control socket of the switch. */
  switch: string;
  /** Stands for `/`; programs and the switch are asked only where it is `/`. */
  root: string;
}

/** What readers read from. */
export interface View extends CheckRequest {
  host: Look;
  /** Runs a program of the host; for another tree than `/` it says that nobody was asked. */
  ask: Ask;
  /** A fact of another reader; each is read once. */
  fact<T>(read: Reader<T>): Promise<T>;
}

/** Reads one fact; changes nothing. */
export type Reader<T> = (view: View) => T | Promise<T>;

/** Readers by the names of their facts. A name means the same reader in all checks. */
export type Reads = Readonly<Record<string, Reader<unknown>>>;

/** What they read. */
export type FactsOf<R extends Reads> = { [K in keyof R]: Awaited<ReturnType<R[K]>> };

/** One thing to look at. */
export interface Check<R extends Reads> {
  name: string;
  /** What it can come to. */
  levels: readonly Level[];
  reads: R;
  /** Facts in, findings out. */
  judge(facts: FactsOf<R>): Iterable<Found>;
}

export const ALL: readonly Level[] = ['ok', 'warning', 'failure'];
/** Guests work all the same. */
export const MILD: readonly Level[] = ['ok', 'warning'];
