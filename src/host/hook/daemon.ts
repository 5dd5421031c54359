/** Whether the running libvirtd knows of the hook. */
import { dirname, join } from 'node:path';
import { lookAt, type Root } from '../../system/look/index.js';
import type { Daemon } from '../../system/processes/daemons.js';
import { HOOK_PATH } from './file.js';

/**
 * Times of the executable hooks for QEMU, ours and others. libvirtd looks for hooks when it starts and when
 * it is reloaded; if there is any, it lists the folder at each call. Source: virhook.c, tried with 9.0.
 */
export function hookTimes(root: Root = '/'): number[] {
  const look = lookAt(root);
  const folder = join('/', dirname(HOOK_PATH));
  const paths = [join(folder, '../qemu'), ...look.names(folder).map((name) => join(folder, name))];
  return paths.flatMap((path) => {
    const found = look.stat(path);
    return found?.kind === 'file' && (found.mode & 0o111) !== 0 ? [found.changed] : [];
  });
}

/** True if the daemon found a hook at its start, and so calls ours, too. A later reload leaves no trace. */
export function knowsHooks(daemon: Daemon, times: readonly number[]): boolean {
  return times.some((time) => time < daemon.since);
}
