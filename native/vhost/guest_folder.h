/*
 * A guest's folder of sockets: SOCKETS/GUEST/NIC.sock.
 *
 * All guests' QEMUs run as one user on most hosts, so what keeps them out of each other's sockets
 * is where these are. A folder above them with the set-group-ID bit (SOCKETS, `drwxr-s---
 * root:QEMU`) asks for folders of its guests: whatever is missing right below it is made with the
 * first port in there, and goes with the last one. Elsewhere no folder is made or removed.
 *
 *   the switch listens   2750   QEMU's group may dial; only we make or remove a socket
 *   QEMU listens         3770   QEMU makes its sockets, and removes none of ours
 *
 * The group comes from the folder above, by the kernel, so that no right to change one is needed.
 *
 * Threads: the control thread, whose umask is changed for a moment.
 */
#ifndef GUEST_FOLDER_H
#define GUEST_FOLDER_H

#include <stdbool.h>

#include "../base/contract.h"

/*
 * The folder of a socket that is about to be made there, for a path that passes
 * check_socket_path(). False, with errno: ENOENT it is missing and is not ours to make, EPERM it or
 * the folder above is somebody's who could put another socket in our place, ENOTDIR it is a file or
 * a link. Where QEMU listens these are QEMU's concern.
 */
bool
guest_folder_make(const char *path, enum listener listener);

/* Removes what guest_folder_make() makes for path, if nothing is left in there. */
void
guest_folder_remove(const char *path);

#endif
