/*
 * Whether the front end of a port is the guest that the port is for: by its security label.
 *
 * All guests' QEMUs run as one user on most hosts, so the user does not tell. Where AppArmor or
 * SELinux confines QEMU, each guest has a label of its own, and a port may have the one that it is
 * for. It is compared before the first message is read. A label that cannot be read is no reason to
 * refuse: port.list says that nothing was checked.
 */
#ifndef VHOST_PEER_H
#define VHOST_PEER_H

#include "vhost.h"

/* For the reason of a refusal, with two labels in it. */
#define VHOST_PEER_PROBLEM_ROOM (3 * PEER_LABEL_ROOM)

/*
 * Under the lock, for a new connection: keeps a descriptor of it until vhost_peer_forget(). Why its
 * other end may not be here, which is counted; NULL: it may.
 */
const char *
vhost_peer_meet(struct vhost_socket *socket, int fd, char problem[VHOST_PEER_PROBLEM_ROOM]);

/* Under the lock: the connection has ended, or will. */
void
vhost_peer_forget(struct vhost_socket *socket);

#endif
