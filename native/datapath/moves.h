/*
 * Who may take an address from whom.
 *
 * A frame with the source address of another port is a move or a theft, and nothing in it says
 * which. What decides is who claims the address, who has it, and how long that one has been silent:
 *
 *   1. A port's own `mac` is its own: its guest takes it at once, wherever it is, and nobody else
 *      does as long as that guest is there. Of two ports with the same `mac`, as a guest and its
 *      copy that migrates have it, the one that sent last has it.
 *   2. What is behind a device, such as a gateway, wins over other addresses of guests, which
 *      their ports have learned, and over what another device has: it takes them at once.
 *   3. A guest that may use other addresses (no `mac`, or `other_macs`) takes one when it has been
 *      silent where it is for the setting `hold`, or when the guest there is gone: VRRP and nested
 *      guests that move are found again.
 *
 * A guest may take no more than `move_limit` addresses a second. The frame of who may not take it
 * goes nowhere, so that no switch outside learns from it (address_held).
 *
 * Where all frames leave through a device (--vm2vm 0 and 2), guests' own come back from there:
 * it then takes over only what nobody here uses any more.
 *
 * Threads: forwarding lcores, and rte_vhost's for announcements.
 */
#ifndef MOVES_H
#define MOVES_H

#include <stdbool.h>
#include <stdint.h>

struct member;
struct topology;
struct vswitch;

/*
 * The address of key, which is elsewhere, was seen as a source: of a guest, behind a device. True:
 * the frame is to be taken for what it says.
 */
bool
moves_to_guest(struct vswitch *sw, const struct topology *topology, const struct member *to,
	uint64_t key, const uint8_t mac[6], uint32_t now);
bool
moves_to_device(struct vswitch *sw, const struct topology *topology, const struct member *to,
	uint64_t key, uint32_t now);

#endif
