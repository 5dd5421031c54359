import { setTimeout as sleep } from 'node:timers/promises';
import type { Port } from '../contract/types.js';
import type { SwitchClient } from './client.js';

const LOOK_MS = 50;

/** What became of ports: those that somebody is on stay. */
export interface PortsRemoved {
  removed: Port[];
  busy: Port[];
}

/**
 * Removes the ports of a guest that is off. The switch may take `patienceMs` to see that it is gone; a port
 * that stays up has somebody else's guest on it, and is left.
 */
export async function removeFreePorts(
  client: Pick<SwitchClient, 'ports' | 'removePort'>,
  own: (present: readonly Port[]) => readonly Port[],
  patienceMs: number,
): Promise<PortsRemoved> {
  const removed: Port[] = [];
  const asked = new Set<string>();
  for (const end = Date.now() + patienceMs; ; await sleep(LOOK_MS)) {
    const found = own(await client.ports());
    for (const port of found.filter(({ state }) => state === 'waiting')) {
      // Each once: one that comes back belongs to somebody else.
      if (asked.has(port.name)) continue;
      asked.add(port.name);
      if ((await client.removePort(port.name)).changed) removed.push(port);
    }
    const busy = found.filter(({ state }) => state === 'up');
    if (busy.length === 0 || Date.now() > end) return { removed, busy };
  }
}
