/*
 * Sockets whose guest is to see a link that is down.
 *
 * vhost-user has no message for it: QEMU keeps the link's state of a NIC itself, and refuses
 * configuration changes from the back end of one. But it takes the link down when the connection
 * ends, and up when there is one again. So the guest is hung up on; not before its device runs, as
 * QEMU does not start without somebody at the socket. Then nobody dials or listens there, until the
 * link is to be up; or until that QEMU has ended, or listens at another socket of that name, so
 * that the next one starts, too, and is hung up on in turn.
 *
 * Who it was, is known from Linux 6.5 on (SO_PEERPIDFD). Before that the socket stays as it is
 * until the link is to be up.
 *
 * Threads: the control thread.
 */
#ifndef VHOST_HOLD_H
#define VHOST_HOLD_H

#include <stdbool.h>

struct vhost_socket;

/* Whether its guest's device runs, and is to be hung up on. */
bool
vhost_hold_is_due(struct vhost_socket *socket);
/* Before it is: notes who it is. */
void
vhost_hold_note(struct vhost_socket *socket);
/* Whether nobody is to dial or listen there now. */
bool
vhost_hold_keeps_away(struct vhost_socket *socket);
/* Somebody dials or listens there again. */
void
vhost_hold_forget(struct vhost_socket *socket);

#endif
