import { inWords } from '../../qemu/memory/pages.js';
import { type Entry, Journal } from '../../system/files/journal.js';
import { locked } from '../../system/files/lock.js';
import type { HostFiles } from '../../system/files/plan.js';
import type { CommandStep, Step } from '../../system/files/steps.js';
import { bootId, countAt, type GivenBack, giveBack } from '../../system/files/undo.js';
import { Failed, InvalidInput, VmlaneError } from '../../values/errors.js';

/** How it went; all steps are done. */
export interface Applied {
  /** What the kernel did not give, in words. */
  shortages: readonly string[];
}

/**
 * Does the steps in their order. When one fails, those before it are given back. Programs run only where
 * the host's files are at `/`.
 * @throws Failed for the step that failed, naming what could not be given back
 */
export async function applySteps(steps: readonly Step[], files: HostFiles): Promise<Applied> {
  if (steps.length === 0) return { shortages: [] };
  return locked(files.root, () => applyLocked(steps, files));
}

async function applyLocked(steps: readonly Step[], files: HostFiles): Promise<Applied> {
  const journal = new Journal(files);
  const earlier = journal.entries;
  const shortages: string[] = [];
  try {
    for (const step of steps) {
      const entry = entryOf(step, files);
      if (entry) journal.add(entry);
      await perform(step, files);
      if (step.kind !== 'write') continue;
      const given = countAt(step.path, files);
      if (given === step.after) continue;
      shortages.push(shortage(step.why, step.pageSize, given, step.after));
      journal.keep([
        ...journal.entries.slice(0, -1),
        { ...(entry as Entry), after: given } as Entry,
      ]);
    }
    return { shortages };
  } catch (error) {
    throw await rolledBack(error, journal, earlier, files);
  }
}

function shortage(what: string, pageSize: number, given: number, wanted: number): string {
  const lack = inWords((wanted - given) * pageSize);
  return `${what}: the kernel gave ${given} of ${wanted}, ${lack} are missing: memory is too full or too fragmented`;
}

async function rolledBack(
  error: unknown,
  journal: Journal,
  earlier: readonly Entry[],
  files: HostFiles,
): Promise<unknown> {
  if (!(error instanceof VmlaneError)) return error;
  const { left } = await giveBack(journal.entries.slice(earlier.length), files);
  const reasons = left.map(({ why }) => why);
  try {
    journal.keep([...earlier, ...left.map(({ entry }) => entry)]);
  } catch (cause) {
    if (!(cause instanceof VmlaneError)) throw cause;
    reasons.push(cause.message);
  }
  const { thing, problem, remedy } = error.trouble;
  const all = 'everything is as it was';
  const rest = `not given back: ${reasons.join('; ')}; see vmlane host setup --undo`;
  const told = reasons.length === 0 ? all : rest;
  return new Failed({ thing, problem: `${problem}; ${told}`, remedy }, { cause: error });
}

/** What the journal is to know before the step is begun. */
function entryOf(step: Step, files: HostFiles): Entry | undefined {
  switch (step.kind) {
    case 'file': {
      const { kind, path, after } = step;
      const text = files.text(path);
      if (text !== step.before) throw changedMeanwhile(path);
      const rights = files.rights(path);
      const before = text !== undefined && rights ? { text, rights } : null;
      return { kind, path, before, after, made: files.missingAbove(path) };
    }
    case 'folder': {
      const { kind, path, mode, uid, gid } = step;
      const before = files.rights(path) ?? null;
      return { kind, path, before, after: { mode, uid, gid }, made: files.missingAbove(path) };
    }
    case 'link': {
      const { kind, path, target } = step;
      return { kind, path, target, made: files.missingAbove(path) };
    }
    case 'write': {
      const { kind, path, before, after } = step;
      if (countAt(path, files) !== before) throw changedMeanwhile(path);
      return { kind, path, before, after, boot: bootId(files) };
    }
    case 'command':
      return step.undo === undefined ? undefined : { kind: 'command', undo: step.undo };
  }
}

async function perform(step: Step, files: HostFiles): Promise<void> {
  switch (step.kind) {
    case 'file':
      return files.write(step.path, step.after, { mode: step.mode, ...files.rights(step.path) });
    case 'folder':
      return files.makeFolder(step.path, step);
    case 'link':
      return files.link(step.path, step.target);
    case 'write':
      return files.poke(step.path, step.after);
    case 'command':
      return runStep(step, files);
  }
}

async function runStep({ run }: CommandStep, files: HostFiles): Promise<void> {
  if (run !== undefined && files.live) await files.run(run);
}

function changedMeanwhile(path: string): InvalidInput {
  const problem = 'somebody else has just changed it';
  return new InvalidInput({ thing: path, problem, remedy: 'run this again' });
}

/** Gives everything back that was ever set up; what cannot be is kept for another try. */
export async function undoSetup(files: HostFiles): Promise<GivenBack> {
  return locked(files.root, async () => {
    const journal = new Journal(files);
    const told = await giveBack(journal.entries, files);
    if (journal.entries.length > 0) journal.keep(told.left.map(({ entry }) => entry));
    return told;
  });
}
