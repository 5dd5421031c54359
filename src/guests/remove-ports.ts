/** Removes a guest's ports when it is off. */
import { isNotRunning } from '../switch/errors.js';
import { removeFreePorts } from '../switch/remove.js';
import type { PortsClient, Reached } from './host.js';
import type { OwnPorts } from './ports.js';

/** How long the switch may take to notice that a guest is gone. */
const LEAVE_MS = 3000;

/** Names of the ports that were removed, and of those that stay because they are in use. */
export interface RemovedPorts {
  removed: string[];
  busy: string[];
}

/** Reports progress, one line at a time, without a line end. */
export type Tell = (line: string) => void;

/** Removes the ports of a guest that is off. A port that stays up is in use by another guest, and is left. */
export async function removePorts(
  client: Pick<PortsClient, 'ports' | 'removePort'>,
  own: OwnPorts,
  patienceMs = LEAVE_MS,
): Promise<RemovedPorts> {
  if (own.none) return { removed: [], busy: [] };
  const { removed, busy } = await removeFreePorts(
    client,
    (present) => present.filter(own.has),
    patienceMs,
  );
  return { removed: removed.map(({ name }) => name), busy: busy.map(({ name }) => name) };
}

/** Options for the ports of a guest that is off. */
export interface LeaveOptions {
  /** Changes nothing, and returns what would be removed. */
  dryRun?: boolean;
  tell?: Tell | undefined;
}

/**
 * Removes the ports of a guest that is off, if it can have any, and reports which. Reports a switch that
 * does not run or is out of reach; throws other errors of the switch.
 */
export async function leavePorts(
  host: { reach(): Promise<Reached> },
  guest: string,
  own: OwnPorts,
  { dryRun = false, tell = () => {} }: LeaveOptions = {},
): Promise<RemovedPorts> {
  if (own.none) return { removed: [], busy: [] };
  const reached = await host.reach();
  if (!reached.client) {
    tellOutOfReach(tell, guest, reached);
    return { removed: [], busy: [] };
  }
  if (dryRun) {
    const names = (await reached.client.ports()).filter(own.has).map(({ name }) => name);
    for (const name of names) tell(`${guest}: port ${name} would be removed`);
    return { removed: names, busy: [] };
  }
  const done = await removePorts(reached.client, own);
  tellRemoved(tell, guest, done);
  return done;
}

/** Reports which ports of a domain were removed, and which were not. */
export function tellRemoved(tell: Tell, guest: string, { removed, busy }: RemovedPorts): void {
  for (const name of removed) tell(`${guest}: port ${name} is removed`);
  for (const name of busy) {
    tell(`${guest}: port ${name} stays: it is up, so another guest has its socket`);
  }
}

/**
 * Reports that a domain's ports stay because the switch cannot be asked: it does not run and so has none,
 * or is on another host and out of reach. Throws other errors of the switch.
 */
export function tellOutOfReach(
  tell: Tell,
  guest: string,
  { why, error }: Extract<Reached, { client?: undefined }>,
): void {
  if (error && !isNotRunning(error)) throw error;
  tell(`${guest}: its ports stay: ${why}`);
}
