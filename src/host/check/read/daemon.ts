/** libvirt's daemons, and the limits that they and we have. */
import { join } from 'node:path';
import { namesIn, readText } from '../../../system/text.js';
import { findDaemons } from '../../hook/daemon.js';
import type { DaemonFacts, Limit } from '../facts.js';

const UNITS = ['sockets.target.wants', 'multi-user.target.wants'];

export function readDaemon(root: string): DaemonFacts {
  const units = UNITS.flatMap((folder) => namesIn(join(root, 'etc/systemd/system', folder)));
  return {
    running: findDaemons(root).map(({ name, pid }) => ({ name, pid })),
    sockets: namesIn(join(root, 'run/libvirt')).filter((name) => name.endsWith('-sock')),
    units: [
      ...new Set(units.filter((name) => /^(libvirtd|virtqemud)\.(socket|service)$/.test(name))),
    ],
  };
}

/** `Max locked memory  8388608  8388608  bytes`: the first number counts. Source: proc(5). */
export function readLimits({ running }: DaemonFacts, root: string): Limit[] {
  const whose = [
    ['this command', 'self'],
    ...running.map(({ name, pid }) => [name, String(pid)] as const),
  ] as const;
  return whose.flatMap(([of, process]): Limit[] => {
    const text = readText(join(root, 'proc', process, 'limits')) ?? '';
    const soft = /^Max locked memory +(\S+)/m.exec(text)?.[1];
    if (soft === undefined) return [];
    return [soft === 'unlimited' ? { of } : { of, bytes: Number(soft) }];
  });
}
