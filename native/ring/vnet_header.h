/*
 * What a virtio-net header (virtio 1.2, 5.1.6) says of its frame: taken from a guest that may lie,
 * given to one that agreed to it.
 *
 * The header is copied before it is looked at. What it says is checked against the frame, so that
 * nothing behind this needs to be: offsets lie in the frame, and a frame that is to be cut is TCP
 * over IP with whole headers. What lies is marked FRAME_BAD_OFFLOAD, and no more is known of it.
 */
#ifndef RING_VNET_HEADER_H
#define RING_VNET_HEADER_H

#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "ring.h"

/* Bytes of a virtio-net header, at most. */
#define VNET_HEADER_MAX 12
/* Ethernet, two tags, IPv4 and TCP with all their options make 142; IPv6 has no end of its own. */
#define OFFLOAD_HEADERS_MAX 192
/* Frames that one may be cut into; 64 KiB for a peer that takes 36 bytes at a time. */
#define OFFLOAD_PIECES_MAX 2048

/* Fills the frame's offload; its head is there. features: of the ring that it comes from. */
void
vnet_header_read(struct frame *frame, const uint8_t header[VNET_HEADER_MAX], uint8_t features);

/* The other way: the header's first 10 bytes for this frame. */
void
vnet_header_write(const struct frame *frame, uint8_t header[10]);

/*
 * A whole header: struct virtio_net_hdr_mrg_rxbuf, whose last field is the number of buffers.
 * offloads: the guest has negotiated some, so there may be more to say than nothing.
 */
static __rte_always_inline void
vnet_header_put(uint8_t *at, uint8_t length, uint16_t n_buffers, const struct frame *frame,
	const bool offloads)
{
	if (offloads && frame->offload.flags) {
		const uint16_t last = n_buffers;

		vnet_header_write(frame, at);
		memcpy(at + 10, &last, length - 10);
		return;
	}
	memset(at, 0, 8);
	if (likely(length == 12)) {
		const uint16_t rest[2] = {0, n_buffers};

		memcpy(at + 8, rest, 4);
	} else {
		memset(at + 8, 0, 2);
	}
}

/* Where the network header begins, behind up to two tags; its head decides. */
uint16_t
frame_network_at(const struct frame *frame);

#endif
