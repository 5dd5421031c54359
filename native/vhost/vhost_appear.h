/*
 * Sockets that peers make, seen as they appear: where QEMU listens, a guest that starts or arrives
 * waits for the switch to dial, and the next round of vhost_redial() would be up to a tenth of a
 * second away.
 *
 * The folders of such sockets are watched by the kernel (inotify). Where it cannot, as there is no
 * such folder yet, or no watch left, the rounds find the socket. A watch is a hint only: whoever
 * may write to the folder can cause events at will, and has no more than TRIES dials of its own
 * port for them between two rounds.
 *
 * Threads: the control thread.
 */
#ifndef VHOST_APPEAR_H
#define VHOST_APPEAR_H

#include <stdbool.h>

struct vhost_socket;

/* Before the first socket is opened, and after the last one is closed. */
void
vhost_appear_init(void);
void
vhost_appear_end(void);

/* Watches the folder of a socket that is dialled, if that is not so yet. */
void
vhost_appear_watch(struct vhost_socket *socket);
/* A round of vhost_redial(): it may be dialled early again. */
void
vhost_appear_renew(struct vhost_socket *socket);
/* It is closed. */
void
vhost_appear_forget(struct vhost_socket *socket);
/* Notes the sockets that have appeared. */
void
vhost_appear_read(void);
/* Whether this one is to be dialled now, and counts that. */
bool
vhost_appear_is_due(struct vhost_socket *socket);

#endif
