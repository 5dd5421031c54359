/*
 * The only user of rte_vhost's protocol side: sockets, negotiation, and guests that come and go.
 *
 * rte_vhost calls back from threads of its own (and from the caller's, inside vhost_close()); the
 * callbacks put the device into its port under sw->lock and publish a topology. A guest's driver
 * that is reloaded, a guest that reboots and a QEMU that ends all look the same here: the device
 * goes, and perhaps comes back.
 */
#ifndef VHOST_H
#define VHOST_H

#include <stdbool.h>

struct port;
struct vswitch;

/* Listens on port's socket, or dials it. False, with a log line: it cannot listen. */
bool
vhost_open(struct vswitch *sw, struct port *port);

/* Control thread, a few times a second: dials where nobody was there, or is no more. */
void
vhost_redial(struct vswitch *sw);

/* Takes the guest down, closes the socket and, if we listened, removes it. Not under sw->lock. */
void
vhost_close(struct port *port);

#endif
