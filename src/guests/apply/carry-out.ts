import { errorText, Failed, InvalidInput } from '../../values/errors.js';
import type { DomainPlan } from './plan.js';
import type { Action, Context, Step } from './step.js';
import { stepsOf } from './steps.js';

/** What was done, and what not. */
export interface Outcome {
  /** What was done with each domain, and not taken back. */
  done: Map<string, Action[]>;
  /** Steps that were not begun, or did not come to an end. */
  left: { name: string; action: Action }[];
  /** Why not all is done; none: it is. */
  errors: unknown[];
  /** All that was done has been taken back. */
  takenBack: boolean;
}

/**
 * Does what is planned: images for cloud-init, all definitions, then ports of guests that run, all
 * taken back when one fails; then what no file describes goes, and guests are restarted and
 * started: what is done of that stays, and when one guest fails there, the others go on. Ends
 * between two steps when the signal is aborted. Never rejects.
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
    // Its guest could not be stopped, or started.
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
      // Those before one that can be taken back can be, too.
      if (step.undo) return takeBack(error, [...done, step], steps);
      // No longer input alone: something was done before.
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
  ports: 'its ports are set',
  stop: 'stopped',
  start: 'started',
  undefine: 'undefined',
};

/** The newest first; what cannot be taken back is told with the error that led here. */
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
