import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DomainInfo,
  type DomainState,
  isNoSuchDomain,
  type Libvirt,
} from '../libvirt/index.js';
import { Failed } from '../values/errors.js';
import { shellWords } from '../values/shell.js';
import type { GuestHost } from './host.js';
import { domainsOf, NO_PORTS, ownPorts } from './ports.js';
import { leavePorts, type RemovedPorts, type Tell } from './remove-ports.js';
import { NOT_RUNNING } from './states.js';

const LOOK_MS = 200;
/** A booting guest does not react yet, so it is asked again. */
const AGAIN_MS = 10_000;

/** How a guest is asked to shut down. */
export interface ShutdownOptions {
  /** How long the guest may take. */
  timeoutMs: number;
  /** Powers it off after that time. */
  force?: boolean;
  tell?: Tell | undefined;
  /** Ends the wait; the guest was asked all the same. */
  signal?: AbortSignal | undefined;
}

/** What happens once a guest is off. */
export interface OffOptions {
  /** Leaves its ports in the switch. */
  keepPorts?: boolean | undefined;
  /** Changes nothing, and reports what would be done. */
  dryRun?: boolean | undefined;
  tell?: Tell | undefined;
}

/** How a guest is stopped. */
export type StopGuestOptions = Partial<ShutdownOptions> & OffOptions;

/** What was done. */
export interface Stopped {
  /** False if it was off already. */
  changed: boolean;
  /** It was powered off. */
  forced: boolean;
}

/** What was done, and what happened to the guest's ports. */
export interface StoppedGuest {
  /** False if it was off already and had no port. */
  changed: boolean;
  /** It was powered off. */
  forced: boolean;
  /** Its state now. */
  state: DomainState;
  ports: RemovedPorts;
}

/** How long a guest may take to shut down, unless given. */
const TIMEOUT_MS = 60_000;

type Off = GuestHost<'xml' | 'definition' | 'list' | 'state' | 'shutdown' | 'destroy'>;

/**
 * Asks a guest to shut down, waits until it is off (60 s unless given; with `force` it is powered off
 * then), and removes its ports from the switch. Rejects with StillRunning if it does not shut down, and
 * with Failed if it cannot because it is paused, or does not exist.
 */
export function stopGuest(
  host: Off,
  name: string,
  options: StopGuestOptions = {},
): Promise<StoppedGuest> {
  const { timeoutMs = TIMEOUT_MS, force = false, tell, signal } = options;
  const would = `would be asked to shut down${force ? ', then be powered off' : ''}`;
  return turnOff(host, name, options, would, () =>
    shutDown(host.libvirt, name, { timeoutMs, force, tell, signal }),
  );
}

/** Powers a guest off at once, and removes its ports. Rejects with Failed if it does not exist. */
export function destroyGuest(
  host: Off,
  name: string,
  options: OffOptions = {},
): Promise<StoppedGuest> {
  return turnOff(host, name, options, 'would be powered off', async () => {
    const changed = await powerOff(host.libvirt, name);
    return { changed, forced: changed };
  });
}

/** Turns a guest off by `act`, then removes its ports. `would` is what a dry run reports of a running guest. */
async function turnOff(
  host: Off,
  name: string,
  { keepPorts = false, dryRun = false, tell = () => {} }: OffOptions,
  would: string,
  act: () => Promise<Stopped>,
): Promise<StoppedGuest> {
  const info = await guestInfo(host, name);
  // Read this first: a transient guest is gone when it is off.
  const own = keepPorts ? NO_PORTS : ownPorts(await domainsOf(host, info));
  let done: Stopped = { changed: false, forced: false };
  if (info.state === 'shut off') tell(`${name} is off already`);
  else if (dryRun) tell(`${name}: ${would}`);
  else {
    done = await act();
    const how = done.forced ? 'it was powered off' : 'it shut down';
    tell(done.changed ? `${name} is off: ${how}` : `${name} is off already`);
  }
  const ports = await leavePorts(host, name, own, { dryRun, tell });
  const changed = done.changed || (!dryRun && ports.removed.length > 0);
  return { ...done, changed, state: dryRun ? info.state : 'shut off', ports };
}

/** The domain as libvirt lists it. Rejects with Failed if it does not exist. */
export async function guestInfo(
  { libvirt }: Pick<GuestHost<'list' | 'state'>, 'libvirt'>,
  name: string,
): Promise<DomainInfo> {
  const found = (await libvirt.list()).find((one) => one.name === name);
  if (found) return found;
  const state = await libvirt.state(name);
  const problem = `it came while the domains were listed (${state})`;
  throw new Failed({ thing: `domain ${name}`, problem, remedy: 'try again' });
}

/** A guest was asked to shut down and still runs; it may still do so later. */
export class StillRunning extends Failed {}

type Stopping = Pick<Libvirt, 'state' | 'shutdown' | 'destroy'>;

/**
 * Asks a guest to shut down and waits until it is off. Rejects with Failed if it does not shut down in
 * time, or cannot because it is paused; `force` powers it off instead.
 */
export async function shutDown(
  libvirt: Stopping,
  name: string,
  { timeoutMs, force, tell = () => {}, signal }: ShutdownOptions,
): Promise<Stopped> {
  const state = await stateOf(libvirt, name);
  if (state === 'shut off') return { changed: false, forced: false };
  // In these it does not react to a shutdown; one that is on its way down does.
  const deaf = state === 'in shutdown' ? undefined : NOT_RUNNING[state];
  if (deaf && !force) {
    const remedy = `${deaf}, or power it off: ${byForce(name)}`;
    throw new Failed({ thing: `domain ${name}`, problem: `it cannot shut down: ${state}`, remedy });
  }
  if (!deaf && (await obeys(libvirt, name, timeoutMs, tell, signal))) {
    return { changed: true, forced: false };
  }
  if (!force) {
    throw new StillRunning({
      thing: `domain ${name}`,
      problem: `it was asked to shut down and still runs after ${timeoutMs / 1000} s`,
      remedy: `give it more time, or power it off: ${byForce(name)}`,
    });
  }
  await powerOff(libvirt, name);
  return { changed: true, forced: true };
}

/** False if it was off already. */
export async function powerOff(
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
  tell: Tell,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const begin = Date.now();
  const end = begin + timeoutMs;
  tell(`${name}: asked to shut down; it has ${timeoutMs / 1000} s`);
  for (let asked = 0; ; await sleep(LOOK_MS)) {
    if (Date.now() - begin >= asked * AGAIN_MS) {
      if (asked > 0) tell(`${name}: still running after ${(asked * AGAIN_MS) / 1000} s`);
      await unlessOff(libvirt, name, () => libvirt.shutdown(name));
      asked++;
    }
    if ((await stateOf(libvirt, name)) === 'shut off') return true;
    if (signal?.aborted) throw interrupted(name);
    if (Date.now() >= end) return false;
  }
}

function byForce(name: string): string {
  return shellWords(['vmlane', 'domain', 'stop', name, '--force']);
}

/** A transient guest is gone when it is off. */
async function stateOf(libvirt: Pick<Libvirt, 'state'>, name: string): Promise<DomainState> {
  try {
    return await libvirt.state(name);
  } catch (error) {
    if (isNoSuchDomain(error)) return 'shut off';
    throw error;
  }
}

/** The guest may go off by itself between two calls; that is no error. */
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
