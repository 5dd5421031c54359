import { setTimeout as sleep } from 'node:timers/promises';
import type { Reservation } from '../lab/huge-pages.js';
import type { Say } from '../src/trial/progress.js';
import { Failed, VmlaneError } from '../src/values/errors.js';

/** One measurement. */
export interface Step {
  /** Its name in the report: `round 2, 64 B, ovs`. */
  what: string;
  /** Measures, and as its last act adds the result to the report. Returns a line about it. */
  run: () => Promise<string>;
}

/** All of a round or pass, counted from 1: every second time in reverse order, so that none is always the first. */
export function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  return round % 2 === 1 ? all : [...all].reverse();
}

/** Steps that share huge pages. */
export interface Part {
  /** Pages of 2 MiB. */
  pages: number;
  steps: Step[];
  /** Ends what the steps keep between them. */
  end?: () => Promise<void>;
}

/** A step without a result. */
export interface NotMeasured {
  what: string;
  why: string;
}

export interface Context {
  reserve: (pages: number) => Promise<Reservation>;
  say: Say;
  /** Aborted: results are kept, nothing more is measured. */
  signal: AbortSignal;
  /** Receives steps without a result: before the first step, after each, and at the end. */
  keep: (notMeasured: NotMeasured[]) => Promise<void>;
  /** Number of tries per step. */
  tries: number;
  /** Pause before another try, to let a disturbance pass. */
  pauseMs: number;
}

const NOT_YET = 'its turn has not come';

/**
 * Runs all steps in order and retries failed ones. No step's failure ends the others; the last call
 * of `keep` has the steps without a result. Throws an error of the first or last `keep`.
 */
export async function carryOut(parts: readonly Part[], context: Context): Promise<void> {
  const open = new Map<Step, string>();
  for (const step of parts.flatMap(({ steps }) => steps)) open.set(step, NOT_YET);
  const keep = () => context.keep([...open].map(([{ what }, why]) => ({ what, why })));
  // Without a way to keep results, nothing need be measured.
  await keep();
  for (const part of parts) {
    if (context.signal.aborted) break;
    await runPart(part, open, context, () =>
      // A temporarily full disk must not end the rest; the last call throws.
      keep().catch((error) => context.say(`results: ${error.message}`)),
    );
  }
  for (const [step, why] of open) if (why === NOT_YET) open.set(step, 'interrupted');
  await keep();
}

async function runPart(
  { pages, steps, end }: Part,
  open: Map<Step, string>,
  context: Context,
  keep: () => Promise<void>,
): Promise<void> {
  let reservation: Reservation | undefined;
  const reserve = async (): Promise<void> => {
    reservation = await hugePages(pages, context);
  };
  const shortage = await attempt('huge pages', reserve, context);
  if (shortage !== undefined) {
    for (const step of steps) open.set(step, shortage);
    await keep();
    return;
  }
  try {
    for (const step of steps) {
      if (context.signal.aborted) return;
      const run = async () => context.say(`${step.what}: ${await step.run()}`);
      const why = await attempt(step.what, run, context);
      if (why === undefined) open.delete(step);
      else open.set(step, why);
      await keep();
    }
  } finally {
    await end?.();
    await reservation?.release();
  }
}

async function hugePages(wanted: number, { reserve }: Context): Promise<Reservation> {
  const pages = await reserve(wanted);
  if (pages.shortage === '') return pages;
  await pages.release();
  throw new Failed({
    thing: 'huge pages',
    problem: `${wanted} of 2 MiB are needed, ${pages.shortage}`,
    remedy: 'free memory or reserve them at boot, and run as root',
  });
}

/** Undefined: done. Otherwise why not, after all tries. */
async function attempt(
  what: string,
  run: () => Promise<void>,
  { say, signal, tries, pauseMs }: Context,
): Promise<string | undefined> {
  for (let n = 1; ; n++) {
    try {
      await run();
      return undefined;
    } catch (error) {
      if (signal.aborted) return 'interrupted';
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      const next = n < tries ? `try ${n + 1} of ${tries} follows` : `given up after ${n} tries`;
      // Any other error may be a defect: print its stack.
      say(`${what}: failed; ${next}: ${error instanceof VmlaneError ? message : stack}`);
      if (n === tries) return message;
    }
    // Rejects when interrupted, which the next check of the signal notices, too.
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return 'interrupted';
  }
}
