/** Changes of the kernel's network configuration, by `ip`. */
import { ip } from '../system/devices/ip.js';
import { errorText, Failed } from '../values/errors.js';
import { shellWords } from '../values/shell.js';

/** One call of `ip`, and the one that takes it back; absent: an earlier one does. */
export interface IpStep {
  words: readonly string[];
  undo?: readonly string[];
}

/** A step as a user would type it. */
export function commandOf({ words }: IpStep): string {
  return shellWords(['ip', ...words]);
}

/**
 * Carries all of them out, or none: when one fails, or on `signal`, those before are taken back. Returns
 * what takes all back. @throws Failed
 */
export async function carryOut(
  steps: readonly IpStep[],
  signal?: AbortSignal,
  deadlineMs?: number,
): Promise<() => Promise<void>> {
  const undoing: (readonly string[])[] = [];
  const undo = async () => {
    const failures: unknown[] = [];
    for (const words of undoing.splice(0).reverse()) {
      await run(words).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    for (const step of steps) {
      if (signal?.aborted) throw interrupted(step);
      await run(step.words, deadlineMs);
      if (step.undo) undoing.push(step.undo);
    }
    return undo;
  } catch (error) {
    throw await takenBack(error, undo);
  }
}

/** Takes back what was done before an error; returns the error to throw. */
export async function takenBack(error: unknown, undo: () => Promise<void>): Promise<unknown> {
  try {
    await undo();
    return error;
  } catch (second) {
    const trouble = {
      thing: 'ip',
      problem: `${errorText(error)}, and taking back what was done before failed too (${errorText(second)})`,
      remedy: "see 'ip link'",
    };
    return new Failed(trouble, { cause: new AggregateError([error, second]) });
  }
}

async function run(words: readonly string[], deadlineMs?: number): Promise<void> {
  const { refused } = await ip(words, deadlineMs);
  if (refused === undefined) return;
  const remedy = /not permitted/.test(refused) ? 'run this as root' : "see 'ip link'";
  throw new Failed({ thing: shellWords(['ip', ...words]), problem: refused, remedy });
}

function interrupted(step: IpStep): Failed {
  const problem = 'interrupted before this; nothing has changed';
  return new Failed({ thing: commandOf(step), problem, remedy: 'run the command again' });
}
