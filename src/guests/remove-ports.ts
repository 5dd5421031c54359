/** A guest's ports go when it is off. */
import { isNotRunning } from '../switch/index.js';
import { removeFreePorts } from '../switch/remove.js';
import type { PortsClient, Reached } from './host.js';
import type { OwnPorts } from './ports.js';

/** How long the switch may take to see that a guest is gone. */
const LEAVE_MS = 3000;

/** What became of the ports, by their names: those that somebody is on stay. */
export interface RemovedPorts {
  removed: string[];
  busy: string[];
}

/** Told how it goes, a line without an end at a time. */
export type Tell = (line: string) => void;

/** Removes the ports of a guest that is off. One that stays up has somebody else's guest on it, and is left. */
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

/** How the ports of a guest that is off are dealt with. */
export interface LeaveOptions {
  /** Changes nothing, and gives what would be removed. */
  dryRun?: boolean;
  tell?: Tell | undefined;
}

/**
 * Removes the ports of a guest that is off, if there can be any, and tells which. A switch that does
 * not run, or is out of reach, is told of; what else is wrong with it is thrown.
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

/** Tells which ports of a domain are gone, and which not. */
export function tellRemoved(tell: Tell, guest: string, { removed, busy }: RemovedPorts): void {
  for (const name of removed) tell(`${guest}: port ${name} is removed`);
  for (const name of busy) {
    tell(`${guest}: port ${name} stays: it is up, so another guest has its socket`);
  }
}

/**
 * Tells that a domain's ports stay where the switch cannot be asked: one that does not run has none,
 * and one on another host is out of reach. Throws what else is wrong with the switch.
 */
export function tellOutOfReach(
  tell: Tell,
  guest: string,
  { why, error }: Extract<Reached, { client?: undefined }>,
): void {
  if (error && !isNotRunning(error)) throw error;
  tell(`${guest}: its ports stay: ${why}`);
}
