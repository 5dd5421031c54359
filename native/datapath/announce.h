/*
 * Announces where a guest is after it has migrated here.
 *
 * Guests that negotiated VIRTIO_NET_F_GUEST_ANNOUNCE do so themselves; for others QEMU asks the
 * switch (vhost-user, VHOST_USER_SEND_RARP). Otherwise a guest that only listens would stay
 * unreachable until outside switches forget its old place.
 */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include <stdint.h>

struct port;
struct vswitch;

/*
 * Sends a reverse ARP request from mac to all others of port's VLAN and the uplink, and learns the
 * address: if a frame of the guest with that source would be let in, is one more that the port may
 * flood, and its address may be learned. Else it is counted as a drop of the port. Under sw->lock,
 * which keeps the guests where they are; no forwarding lcore.
 */
void
announce(struct vswitch *sw, struct port *port, const uint8_t mac[6]);

#endif
