import { setTimeout as sleep } from 'node:timers/promises';
import { type DomainState, isNoSuchDomain, type Libvirt } from '../libvirt/index.js';
import { Failed } from '../values/errors.js';

const LOOK_MS = 200;
/** A guest that boots does not listen yet: it is asked again. */
const AGAIN_MS = 10_000;

export interface StopOptions {
  /** How long the guest may take. */
  timeoutMs: number;
  /** Takes the power off then. */
  force: boolean;
  /** Told how it goes. */
  say(text: string): void;
  /** Ends the wait; the guest was asked all the same. */
  signal?: AbortSignal;
}

export interface Stopped {
  /** False: it was off already. */
  changed: boolean;
  /** Its power was taken off. */
  forced: boolean;
}

/** A guest was asked to shut down and still runs: it may obey when nobody waits any more. */
export class StillRunning extends Failed {}

type Stopping = Pick<Libvirt, 'state' | 'shutdown' | 'destroy'>;

/**
 * Asks a guest to shut down and waits until it is off. Rejects with Failed for one that does not
 * obey in time, or cannot because it is paused; `force` takes its power off instead.
 */
export async function stopDomain(
  libvirt: Stopping,
  name: string,
  { timeoutMs, force, say, signal }: StopOptions,
): Promise<Stopped> {
  const state = await stateOf(libvirt, name);
  if (state === 'shut off') return { changed: false, forced: false };
  const deaf = DEAF[state];
  if (deaf && !force) {
    const remedy = `${deaf}, or take its power off with --force`;
    throw new Failed({ thing: `domain ${name}`, problem: `it cannot shut down: ${state}`, remedy });
  }
  if (!deaf && (await obeys(libvirt, name, timeoutMs, say, signal))) {
    return { changed: true, forced: false };
  }
  if (!force) {
    throw new StillRunning({
      thing: `domain ${name}`,
      problem: `it was asked to shut down and still runs after ${timeoutMs / 1000} s`,
      remedy: 'give it more time with --timeout, or take its power off with --force',
    });
  }
  await destroyDomain(libvirt, name);
  return { changed: true, forced: true };
}

/** Takes the power off; false: it was off already. */
export async function destroyDomain(
  libvirt: Pick<Libvirt, 'state' | 'destroy'>,
  name: string,
): Promise<boolean> {
  if ((await stateOf(libvirt, name)) === 'shut off') return false;
  await unlessOff(libvirt, name, () => libvirt.destroy(name));
  return true;
}

async function obeys(
  libvirt: Stopping,
  name: string,
  timeoutMs: number,
  say: StopOptions['say'],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const begin = Date.now();
  const end = begin + timeoutMs;
  say(`${name}: asked to shut down; it has ${timeoutMs / 1000} s`);
  for (let asked = 0; ; await sleep(LOOK_MS)) {
    if (Date.now() - begin >= asked * AGAIN_MS) {
      if (asked > 0) say(`${name}: still running after ${(asked * AGAIN_MS) / 1000} s`);
      await unlessOff(libvirt, name, () => libvirt.shutdown(name));
      asked++;
    }
    if ((await stateOf(libvirt, name)) === 'shut off') return true;
    if (signal?.aborted) throw interrupted(name);
    if (Date.now() >= end) return false;
  }
}

/** States in which a guest is there and does not listen, and what to do. */
const DEAF: Partial<Record<DomainState, string>> = {
  paused: "continue it with 'virsh resume'",
  pmsuspended: "wake it with 'virsh dompmwakeup'",
  crashed: 'see its log in /var/log/libvirt/qemu',
};

/** A transient guest is gone when it is off. */
async function stateOf(libvirt: Pick<Libvirt, 'state'>, name: string): Promise<DomainState> {
  try {
    return await libvirt.state(name);
  } catch (error) {
    if (isNoSuchDomain(error)) return 'shut off';
    throw error;
  }
}

/** It may go off by itself between two calls; then there is nothing to complain of. */
async function unlessOff(
  libvirt: Pick<Libvirt, 'state'>,
  name: string,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await act();
  } catch (error) {
    if ((await stateOf(libvirt, name)) !== 'shut off') throw error;
  }
}

function interrupted(name: string): StillRunning {
  return new StillRunning({
    thing: `domain ${name}`,
    problem: 'interrupted while it shuts down',
    remedy: "'vmlane domain stop' waits again",
  });
}
