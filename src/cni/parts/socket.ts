/**
 * Mode virtio-user: a socket on which the switch listens, in a folder that a runtime mounts into the container. The
 * folder is the switch's, which makes the socket anew when it restarts; who may dial is by its group alone, as nobody
 * but root could give each new socket to the container's user.
 */

import { checkVirtioUserPath } from '../../switch/virtio-user.js';
import { HostFiles } from '../../system/files/host-files.js';
import { runApart } from '../../system/processes/apart.js';
import { Failed } from '../../values/errors.js';

/** The group passes, and sockets made in there have it (set-group-ID): see native/vhost/guest_folder.h. */
const MODE = 0o2750;

/** @throws InvalidInput for a path that DPDK's programs cannot be told, Failed */
export function makeSocketFolder(folder: string, { uid, gid }: { uid: number; gid: number }): void {
  checkVirtioUserPath(folder);
  new HostFiles().makeFolder(folder, { mode: MODE, uid, gid });
}

export function hasSocketFolder(folder: string): boolean {
  return new HostFiles().exists(folder);
}

/** Of one that the switch has not removed itself; its socket is gone with the port. False: there is more in it. @throws Failed */
export function removeEmptyFolder(folder: string): boolean {
  return new HostFiles().removeFolder(folder);
}

/** With whatever a container has put there, which nobody would miss: its folder is gone for good. @throws Failed */
export async function removeSocketFolder(folder: string): Promise<void> {
  if (removeEmptyFolder(folder)) return;
  // rm goes down by descriptors and follows no link, whoever changes it.
  const ran = await runApart('rm', ['-rf', '--one-file-system', '--', folder]);
  if (ran.exitCode === 0) return;
  const problem = ran.stderr.trim().split('\n').at(-1) || ran.shortMessage;
  const remedy = 'remove it by hand, and see what still uses it';
  throw new Failed({ thing: folder, problem, remedy });
}
