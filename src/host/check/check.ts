/** A check: facts that it reads, and a pure judgement of them. */
import type { Look } from '../../system/look/index.js';
import type { Ask } from '../../system/processes/programs.js';
import type { Found, Level, Purpose } from './finding.js';

/** What to check. */
export interface CheckRequest {
  purpose: Purpose;
  /** Folder of the guests' sockets. */
  socketDir: string;
  /** Control socket of the switch. */
  switch: string;
  /** Stands for `/`; programs and the switch are asked only if it is `/`. */
  root: string;
}

/** The host as readers see it. */
export interface View extends CheckRequest {
  host: Look;
  /** Runs a program of the host; for another root than `/` it answers that nothing was run. */
  ask: Ask;
  /** The fact of another reader; each is read once. */
  fact<T>(read: Reader<T>): Promise<T>;
}

/** Reads one fact; changes nothing. */
export type Reader<T> = (view: View) => T | Promise<T>;

/** Readers by the names of their facts. A name stands for the same reader in all checks. */
export type Reads = Readonly<Record<string, Reader<unknown>>>;

/** The facts of these readers. */
export type FactsOf<R extends Reads> = { [K in keyof R]: Awaited<ReturnType<R[K]>> };

/** One thing to look at. */
export interface Check<R extends Reads> {
  name: string;
  /** Levels that its findings can have. */
  levels: readonly Level[];
  reads: R;
  /** Facts in, findings out. */
  judge(facts: FactsOf<R>): Iterable<Found>;
}

export const ALL: readonly Level[] = ['ok', 'warning', 'failure'];
/** Levels of checks without which guests still work. */
export const MILD: readonly Level[] = ['ok', 'warning'];
