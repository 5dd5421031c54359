/** Changes of sysfs: done and checked, or undone, or reported exactly. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Write, WriteError, type Writer } from '../../system/devices/sysfs.js';
import { Failed, type Trouble, VmlaneError } from '../../values/errors.js';

/** A change from one state to another. `State` is plain data that was read. */
export interface Change<State> {
  /** What is changed, for messages. */
  thing: string;
  writes: readonly Write[];
  read(): State | Promise<State>;
  /** What a state lacks; undefined: it is as wanted. */
  lacks(state: State): string | undefined;
  /** Writes that lead from a state back to what was there before. */
  back(state: State): readonly Write[];
  /** What a state is, for a report of what could not be undone. */
  described(state: State): string;
  /** What to do about a refusal, by the kernel's words. */
  remedy(reason: string, write: Write): string;
}

/** The kernel's work may outlast the write: a driver comes a moment later. */
const SETTLE_MS = 5_000;
const LOOK_MS = 50;

/** Does the writes in their order and waits for their effect. @throws Failed, with all undone or told */
export async function apply<State>(
  change: Change<State>,
  write: Writer,
  settleMs = SETTLE_MS,
): Promise<void> {
  let trouble: Omit<Trouble, 'thing'> | undefined;
  let cause: unknown;
  try {
    for (const one of change.writes) await write(one);
  } catch (error) {
    if (!(error instanceof WriteError)) throw error;
    if (error.reason === 'stuck') throw stuck(change, error);
    cause = error;
    trouble = refused(change, error);
  }
  trouble ??= await settled(change, settleMs);
  if (!trouble) return;
  const end = await undo(change, write, settleMs);
  throw new Failed(
    { thing: change.thing, ...trouble, problem: `${trouble.problem} (${end})` },
    { cause },
  );
}

function refused<State>(change: Change<State>, { write, reason }: WriteError) {
  const problem = `${write.path} does not take ${shown(write.value)}: ${reason}`;
  return { problem, remedy: change.remedy(reason, write) };
}

async function settled<State>(change: Change<State>, settleMs: number) {
  for (const end = Date.now() + settleMs; ; await sleep(LOOK_MS)) {
    const lack = change.lacks(await change.read());
    if (lack === undefined) return undefined;
    if (Date.now() >= end) return { problem: lack, remedy: "see 'dmesg'" };
  }
}

/** How it ended, in words. */
async function undo<State>(
  change: Change<State>,
  write: Writer,
  settleMs: number,
): Promise<string> {
  try {
    for (const one of change.back(await change.read())) await write(one);
    for (
      const end = Date.now() + settleMs;
      change.back(await change.read()).length > 0;
      await sleep(LOOK_MS)
    ) {
      if (Date.now() >= end) return `not all undone: now ${change.described(await change.read())}`;
    }
    return 'all is as before';
  } catch (error) {
    if (!(error instanceof WriteError || error instanceof VmlaneError)) throw error;
    return `not all undone, ${error.message}: now ${change.described(await change.read())}`;
  }
}

/** Nothing is undone: other writes would wait behind this one. */
function stuck<State>(change: Change<State>, { write, pid }: WriteError): Failed {
  const problem = `the kernel does not come back from writing ${shown(write.value)} to ${write.path}; process ${pid} waits for it, and it will be done when whatever holds a VF lets go`;
  const remedy = "end the process that holds a VF ('vmlane sriov list'), then look again";
  return new Failed({ thing: change.thing, problem, remedy });
}

function shown(value: string): string {
  return value === '' ? 'nothing' : value;
}
