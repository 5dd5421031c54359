/*
 * Files that a switch reaches, by Landlock: a rule of the kernel's that is in force for this thread
 * and all that it makes, whatever user they run as and whatever they may do otherwise.
 *
 *   read               /sys /proc /etc /usr and libraries: what the EAL looks at
 *   read, write        its run-time folder, mounts of huge pages, paths that its arguments name
 *   with drivers       /sys too, and devices: /dev/vfio, /dev/net/tun, …
 *   read, write, make  the folders of the control socket, the state file and the guests' sockets
 *   nowhere            execute; TCP (Linux 6.7); other processes' abstract sockets (6.12)
 *
 * Unix sockets elsewhere can be dialled: the kernel does not count that as reaching a file.
 */
#ifndef CAGE_PATHS_H
#define CAGE_PATHS_H

struct cage_wish;

/* Version of the kernel's Landlock that is now in force; 0: it has none; -1 with errno. */
int
paths_confine(const struct cage_wish *wish);

#endif
