/*
 * A guest's device as forwarding uses it: its memory map and its rings, taken from rte_vhost.
 * Immutable except for the rings' own state; made anew whenever the guest changes anything.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/virtio_net.h>

#include "fault.h"

#include "../ring/ring.h"

/* Virtio's features of --tx-csum, and those of --tso. */
#define GUEST_CHECKSUMS (1ULL << VIRTIO_NET_F_CSUM | 1ULL << VIRTIO_NET_F_GUEST_CSUM)
#define GUEST_SEGMENTATION                                                                         \
	(1ULL << VIRTIO_NET_F_GUEST_TSO4 | 1ULL << VIRTIO_NET_F_GUEST_TSO6 |                       \
		1ULL << VIRTIO_NET_F_HOST_TSO4 | 1ULL << VIRTIO_NET_F_HOST_TSO6)

/* rte_vhost's VHOST_MAX_QUEUE_PAIRS, twice. */
#define GUEST_MAX_RINGS 256
#define GUEST_MAX_PAIRS (GUEST_MAX_RINGS / 2)

struct guest_ring {
	struct ring ring;
	int vid;
	int kick_fd; /* eventfd of a transmit ring's kicks, as long as its guest is there; -1: none
		      */
	uint16_t index;
	bool enabled;
	uint64_t writes; /* guest's address of the used ring, or the packed one */
};

struct guest {
	int vid;
	uint64_t features; /* negotiated virtio feature bits */
	struct memory memory;
	struct fault_watch watch;
	/* shared: written by the SIGBUS handler (fault.h), read by rte_vhost's threads */
	bool lost_memory;   /* a part of it is gone */
	uint16_t n_pairs;   /* possible ones; each ring says whether it is enabled */
	uint16_t n_receive; /* enabled receive rings, listed in receive[] */
	uint16_t receive[GUEST_MAX_PAIRS];
	struct guest_ring ring[];
};

/* Places in packed rings, which QEMU has forgotten when it connects again (../ring/place.h). */
struct guest_places {
	/* The ring was served on this connection, so rte_vhost knows its place. */
	bool known[GUEST_MAX_RINGS];
	/* Where rings were last, on whichever connection; RING_FIRST_PLACE: never served. */
	uint16_t last[GUEST_MAX_RINGS];
};

/* As no guest was there yet. */
void
guest_places_clear(struct guest_places *places);

/*
 * Copies the present state of rte_vhost's device. enabled: by ring, as rte_vhost reports them.
 * NULL, with a log line: no memory, or rte_vhost has lost the device.
 */
struct guest *
guest_create(int vid, const bool enabled[GUEST_MAX_RINGS], struct guest_places *places);

/* What these virtio features mean for a ring: RING_* bits. */
uint8_t
guest_ring_features(uint64_t features, bool is_receive);

/* Reports the rings' positions to rte_vhost, and keeps them. No lcore may use them any more. */
void
guest_save(struct guest *guest, struct guest_places *places);
void
guest_destroy(struct guest *guest);

/* Sums of the rings' counters: unusable buffers, rings stopped for good. */
void
guest_faults(const struct guest *guest, uint64_t *bad_chains, uint16_t *broken);

static inline struct ring *
guest_transmit_ring(struct guest *guest, uint16_t pair)
{
	struct guest_ring *ring = &guest->ring[pair * 2 + 1];

	return ring->enabled ? &ring->ring : 0;
}

#endif
