/** Changes of sysfs: applied and checked, or undone, or reported exactly. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Write, WriteError, type Writer } from '../../system/devices/sysfs.js';
import { Failed, type Trouble, VmlaneError } from '../../values/errors.js';

/** A change from one state to another. `State` is plain data read from the host. */
export interface Change<State> {
  /** The changed thing, for messages. */
  thing: string;
  writes: readonly Write[];
  read(): State | Promise<State>;
  /** The difference from the wanted state; undefined: none. */
  lacks(state: State): string | undefined;
  /** Writes that restore the former state. */
  back(state: State): readonly Write[];
  /** A state in words, to report what could not be undone. */
  described(state: State): string;
  /** The remedy for a refusal, by the kernel's message. */
  remedy(reason: string, write: Write): string;
}

/** The kernel may finish after the write: a driver binds a moment later. */
const SETTLE_MS = 5_000;
const LOOK_MS = 50;

/** Does the writes in order and waits for their effect. @throws Failed; all is undone or reported */
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

/** The outcome, in words. */
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

/** Undoes nothing: other writes would wait behind this one. */
function stuck<State>(change: Change<State>, { write, pid }: WriteError): Failed {
  const problem = `the kernel does not come back from writing ${shown(write.value)} to ${write.path}; process ${pid} waits for it, and it will be done when whatever holds a VF lets go`;
  const remedy = "end the process that holds a VF ('vmlane sriov list'), then look again";
  return new Failed({ thing: change.thing, problem, remedy });
}

function shown(value: string): string {
  return value === '' ? 'nothing' : value;
}
