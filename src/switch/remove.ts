import { setTimeout as sleep } from 'node:timers/promises';
import type { Port } from '../contract/types.js';
import type { SwitchClient } from './client.js';

const LOOK_MS = 50;

/** The result for ports: those in use stay. */
export interface PortsRemoved {
  removed: Port[];
  busy: Port[];
}

/**
 * Removes the ports of a guest that is off. The switch may take `patienceMs` to notice that it is gone; a
 * port that stays up has another guest, and stays.
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
      // Each once: a port that reappears belongs to somebody else.
      if (asked.has(port.name)) continue;
      asked.add(port.name);
      if ((await client.removePort(port.name)).changed) removed.push(port);
    }
    const busy = found.filter(({ state }) => state === 'up');
    if (busy.length === 0 || Date.now() > end) return { removed, busy };
  }
}
