/** Whether the running libvirtd knows of the hook. */
import { dirname, join } from 'node:path';
import { lookAt, type Root } from '../../system/look/index.js';
import type { Daemon } from '../../system/processes/daemons.js';
import { HOOK_PATHS, type HookDriver } from './file.js';

/**
 * Times of a driver's executable hooks, ours and others. libvirtd looks for hooks when it starts and when it is
 * reloaded; if a driver has any, it lists that driver's folder at each call. Source: virhook.c, tried with 9.0.
 */
export function hookTimes(root: Root = '/', driver: HookDriver = 'qemu'): number[] {
  const look = lookAt(root);
  const folder = join('/', dirname(HOOK_PATHS[driver]));
  const paths = [
    join(folder, '..', driver),
    ...look.names(folder).map((name) => join(folder, name)),
  ];
  return paths.flatMap((path) => {
    const found = look.stat(path);
    return found?.kind === 'file' && (found.mode & 0o111) !== 0 ? [found.changed] : [];
  });
}

/** True if the daemon found a hook at its start, and so calls ours, too. A later reload leaves no trace. */
export function knowsHooks(daemon: Daemon, times: readonly number[]): boolean {
  return times.some((time) => time < daemon.since);
}
