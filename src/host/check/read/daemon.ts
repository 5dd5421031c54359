/** libvirt's daemons, and the limits that they and we have. */
import type { Look } from '../../../system/look/index.js';
import { readMemlock } from '../../../system/memory/memlock.js';
import { daemonSockets, daemonUnits, findDaemons } from '../../../system/processes/daemons.js';
import type { DaemonFacts, Limit } from '../facts.js';

export function readDaemon(look: Look): DaemonFacts {
  return {
    running: findDaemons(look).map(({ name, pid }) => ({ name, pid })),
    sockets: daemonSockets(look),
    units: daemonUnits(look),
  };
}

export function readLimits({ running }: DaemonFacts, look: Look): Limit[] {
  const whose = [
    ['this command', 'self'],
    ...running.map(({ name, pid }) => [name, pid] as const),
  ] as const;
  return whose.flatMap(([of, process]): Limit[] => {
    const bytes = readMemlock(process, look);
    if (bytes === undefined) return [];
    return [Number.isFinite(bytes) ? { of, bytes } : { of }];
  });
}
