/*
 * What one guest may cost the thread that serves all of them, and the host.
 */
#ifndef VHOST_LIMITS_H
#define VHOST_LIMITS_H

#include "vhost.h"
#include "vhost_message.h"

/* Under the lock. Why the port's guest must wait before it says more; NULL: it may go on. */
const char *
vhost_limits_rate(struct vhost_socket *socket);

/*
 * Under the lock. Why the message would cost too much memory, whether it is sound or not; NULL: it
 * does not. What it shares is counted for the port.
 */
const char *
vhost_limits_memory(struct vhost_socket *socket, const struct vhost_message *message);

#endif
