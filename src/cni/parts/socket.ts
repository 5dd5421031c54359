/**
 * Mode virtio-user: a socket on which the switch listens, in a folder that a runtime mounts into the container. The
 * folder is the switch's, which makes the socket anew when it restarts; who may dial is by its group alone, as nobody
 * but root could give each new socket to the container's user.
 */

import { checkVirtioUserPath } from '../../switch/virtio-user.js';
import { HostFiles } from '../../system/files/host-files.js';

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

/** Of one that the switch has not removed itself; its socket is gone with the port. @throws Failed */
export function removeSocketFolder(folder: string): void {
  new HostFiles().removeFolder(folder);
}
