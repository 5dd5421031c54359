/*
 * What vhost.c (sockets) and vhost_device.c (the guests behind them) share.
 */
#ifndef VHOST_DEVICE_H
#define VHOST_DEVICE_H

#include "vhost.h"

struct rte_vhost_device_ops;

extern struct vhost_owner vhost_owner;
/* Sockets that are open. Changed by the control thread, under the owner's lock. */
extern struct vhost_socket *vhost_sockets;

/* What rte_vhost calls when guests come and go. */
extern const struct rte_vhost_device_ops vhost_device_callbacks;

/* Under the lock: takes the guest out of forwarding; rte_vhost then knows how far its rings came.
 */
void
vhost_device_pause(struct vhost_socket *socket);

#endif
