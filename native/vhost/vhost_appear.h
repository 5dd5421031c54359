/*
 * Sockets that peers make, seen as they appear: where QEMU listens, a guest that starts or arrives
 * waits for the switch to dial, and the next round of vhost_redial() would be up to a tenth of a
 * second away.
 *
 * The kernel watches the folders of such sockets (inotify). A watch is a hint only. Where there is
 * none, as there is no such folder yet, our user may not read it, or the kernel has no watch left,
 * the rounds find the socket. Whoever may write to the folder can cause events at will: they have a
 * few more dials of their own port for them between two rounds (early_dials), and may cost others
 * their hints, if the kernel has more events than it keeps.
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

/*
 * It is opened, or dialled in a round of vhost_redial(): it may be dialled early again. Its folder
 * is watched if it was not yet; anew: looked up again, as another one may be there by now.
 */
void
vhost_appear_renew(struct vhost_socket *socket, bool anew);
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
