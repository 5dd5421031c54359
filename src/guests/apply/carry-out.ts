import { errorText, Failed, InvalidInput } from '../../values/errors.js';
import type { DomainPlan } from './plan.js';
import type { Action, Context, Step } from './step.js';
import { stepsOf } from './steps.js';

/** What was done, and what was not. */
export interface Outcome {
  /** By domain: what was done and not taken back. */
  done: Map<string, Action[]>;
  /** Steps that did not start, or did not finish. */
  left: { name: string; action: Action }[];
  /** Why not everything is done; empty if it is. */
  errors: unknown[];
  /** Everything that was done has been taken back. */
  takenBack: boolean;
}

/**
 * Carries out the plan in two parts. First images for cloud-init, all definitions, then ports of
 * running guests: if one fails, all are taken back. Then it removes what no file describes, restarts
 * and starts guests: what is done stays, and if one guest fails, the others go on. Stops between two
 * steps when the signal is aborted. Never rejects.
 */
export async function carryOut(domains: readonly DomainPlan[], context: Context): Promise<Outcome> {
  const steps = stepsOf(domains, context);
  const { tell, signal } = context;
  const done: Step[] = [];
  const left: Step[] = [];
  const errors: unknown[] = [];
  const end = (rest: readonly Step[]): Outcome => {
    const missing = [...left, ...rest].map(described);
    return { done: actionsOf(done), left: missing, errors, takenBack: false };
  };
  for (const [i, step] of steps.entries()) {
    // An earlier step of this guest failed.
    if (left.some(({ name }) => name === step.name)) {
      left.push(step);
      continue;
    }
    if (signal.aborted) {
      errors.push(interrupted());
      return end(steps.slice(i));
    }
    try {
      await step.run();
    } catch (error) {
      // If this step can be taken back, so can all before it.
      if (step.undo) return takeBack(error, [...done, step], steps);
      // Not InvalidInput any more: something was changed before.
      errors.push(
        error instanceof InvalidInput ? new Failed(error.trouble, { cause: error }) : error,
      );
      if (!step.alone || signal.aborted) return end(steps.slice(i));
      left.push(step);
      continue;
    }
    done.push(step);
    tell(`${step.name}: ${DONE[step.action]}`);
  }
  return end([]);
}

const DONE: Record<Action, string> = {
  seed: 'its image for cloud-init is made',
  define: 'defined',
  autostart: 'its autostart is set',
  ports: 'its ports are set',
  stop: 'stopped',
  start: 'started',
  undefine: 'undefined',
};

/** Takes steps back, the newest first; reports what cannot be, beside the error that led here. */
async function takeBack(
  error: unknown,
  done: readonly Step[],
  all: readonly Step[],
): Promise<Outcome> {
  const stuck: Step[] = [];
  const failures: string[] = [];
  for (const step of [...done].reverse()) {
    await step.undo?.().catch((cause: unknown) => {
      stuck.push(step);
      failures.push(`${step.name}: ${errorText(cause)}`);
    });
  }
  const left = all.filter((step) => !stuck.includes(step)).map(described);
  if (stuck.length === 0) return { done: new Map(), left, errors: [error], takenBack: true };
  const trouble = {
    thing: 'vmlane domain apply',
    problem: `${errorText(error)}, and taking back failed too (${failures.join(', ')})`,
    remedy: "see 'vmlane domain list' and 'vmlane switch ports'",
  };
  const both = new Failed(trouble, { cause: error });
  return { done: actionsOf(stuck), left, errors: [both], takenBack: false };
}

function described({ name, action }: Step) {
  return { name, action };
}

function actionsOf(steps: readonly Step[]): Map<string, Action[]> {
  const found = new Map<string, Action[]>();
  for (const { name, action } of steps) found.set(name, [...(found.get(name) ?? []), action]);
  return found;
}

function interrupted(): Failed {
  const problem = 'interrupted';
  return new Failed({ thing: 'vmlane domain apply', problem, remedy: 'run it again' });
}
