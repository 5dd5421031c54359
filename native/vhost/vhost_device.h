/*
 * Shared by vhost.c (sockets) and vhost_device.c (the guests behind them).
 */
#ifndef VHOST_DEVICE_H
#define VHOST_DEVICE_H

#include "vhost.h"

struct rte_vhost_device_ops;

extern struct vhost_owner vhost_owner;
/* Open sockets. Changed by the control thread, under the owner's lock. */
extern struct vhost_socket *vhost_sockets;

/* Callbacks of rte_vhost when guests come and go. */
extern const struct rte_vhost_device_ops vhost_device_callbacks;

/* Under the lock: takes the guest out of forwarding, and reports its rings' positions to rte_vhost.
 */
void
vhost_device_pause(struct vhost_socket *socket);
/* Under the lock: the same, and the guest is gone, which the owner is told if it was there. */
void
vhost_device_down(struct vhost_socket *socket);

#endif
