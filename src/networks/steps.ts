/** Changes of the kernel's network configuration: by `ip`, and device nodes of interfaces. */
import { ip } from '../system/devices/ip.js';
import { ipv6SwitchOf, sysctlOf } from '../system/devices/nets.js';
import { HostFiles } from '../system/files/host-files.js';
import { errorText, Failed } from '../values/errors.js';
import { shellWords } from '../values/shell.js';
import { makeNode, nodeCommand, nodeOf, removeNode } from './nodes.js';

/** One call of `ip`, and the one that takes it back; absent: an earlier one does. */
export interface IpStep {
  words: readonly string[];
  undo?: readonly string[];
}

/** The device node of an interface: made for a user, which is taken back by removing it; or removed. */
export interface NodeStep {
  node: string;
  /** Absent: it is removed. */
  uid?: number;
}

/** This host's IPv6 on an interface, on or off; the opposite takes it back. */
export interface Ipv6Step {
  ipv6: string;
  on: boolean;
}

/** One change of the kernel's network configuration. */
export type InterfaceStep = IpStep | NodeStep | Ipv6Step;

/** A step as a user would type it. */
export function commandOf(step: InterfaceStep): string {
  if ('words' in step) return shellWords(['ip', ...step.words]);
  if ('ipv6' in step)
    return shellWords(['sysctl', '-w', `${sysctlOf(ipv6SwitchOf(step.ipv6))}=${offOf(step)}`]);
  if (step.uid !== undefined) return nodeCommand(step.node, step.uid);
  return shellWords(['rm', '-f', nodeOf(step.node)]);
}

/**
 * Carries all of them out, or none: when one fails, or on `signal`, those before are taken back. Returns
 * what takes all back. @throws Failed
 */
export async function carryOut(
  steps: readonly InterfaceStep[],
  signal?: AbortSignal,
  deadlineMs?: number,
): Promise<() => Promise<void>> {
  const undoing: InterfaceStep[] = [];
  const undo = async () => {
    const failures: unknown[] = [];
    for (const step of undoing.splice(0).reverse()) {
      await run(step).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    for (const step of steps) {
      if (signal?.aborted) throw interrupted(step);
      await run(step, deadlineMs);
      undoing.push(...undoOf(step));
    }
    return undo;
  } catch (error) {
    throw await takenBack(error, undo);
  }
}

/** Some of the steps are done, and could not be taken back: what is on record of them must stay. */
export class LeftHalfDone extends Failed {
  constructor(error: unknown, second: unknown) {
    const trouble = {
      thing: 'ip',
      problem: `${errorText(error)}, and taking back what was done before failed too (${errorText(second)})`,
      remedy: "see 'ip link'",
    };
    super(trouble, { cause: new AggregateError([error, second]) });
  }
}

/** Takes back what was done before an error; returns the error to throw. */
export async function takenBack(error: unknown, undo: () => Promise<void>): Promise<unknown> {
  try {
    await undo();
    return error;
  } catch (second) {
    return new LeftHalfDone(error, second);
  }
}

function undoOf(step: InterfaceStep): InterfaceStep[] {
  if ('words' in step) return step.undo ? [{ words: step.undo }] : [];
  if ('ipv6' in step) return [{ ...step, on: !step.on }];
  return step.uid === undefined ? [] : [{ node: step.node }];
}

async function run(step: InterfaceStep, deadlineMs?: number): Promise<void> {
  if ('node' in step) {
    if (step.uid === undefined) removeNode(step.node);
    else await makeNode(step.node, step.uid);
    return;
  }
  if ('ipv6' in step) return new HostFiles('/').poke(ipv6SwitchOf(step.ipv6), offOf(step));
  const { words } = step;
  const { refused } = await ip(words, deadlineMs);
  if (refused === undefined) return;
  const remedy = /not permitted/.test(refused) ? 'run this as root' : "see 'ip link'";
  throw new Failed({ thing: shellWords(['ip', ...words]), problem: refused, remedy });
}

function offOf({ on }: Ipv6Step): 0 | 1 {
  return on ? 0 : 1;
}

function interrupted(step: InterfaceStep): Failed {
  const problem = 'interrupted before this; nothing has changed';
  return new Failed({ thing: commandOf(step), problem, remedy: 'run the command again' });
}
