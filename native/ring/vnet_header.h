/*
 * virtio-net headers (virtio 1.2, 5.1.6): read from a guest that may lie, written for a guest that
 * negotiated them.
 *
 * The header is copied before it is read. Its fields are checked against the frame, so that later
 * code can rely on them: offsets lie in the frame, and a frame to be cut is TCP over IP with whole
 * headers. A frame with an invalid header is marked FRAME_BAD_OFFLOAD and has no other offload.
 */
#ifndef RING_VNET_HEADER_H
#define RING_VNET_HEADER_H

#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "headers.h"
#include "ring.h"

#include "../base/sizes.h"

/* Bytes of a virtio-net header, at most. */
#define VNET_HEADER_MAX 12
/*
 * Ethernet, two tags, IPv4 and TCP with all options make 142; IPv6 has no limit of its own. A guest
 * may use all but what one more tag takes.
 */
#define OFFLOAD_HEADERS_MAX 192
/*
 * The least payload of segments that a frame is cut into: what is left of the smallest MSS that a
 * Linux application may ask for (TCP_MIN_MSS, 88 bytes) when options take all the 40 bytes that TCP
 * has for them. Only to a peer that announces less does Linux itself send less (tcp_min_snd_mss).
 * Other stacks stay above (FreeBSD's net.inet.tcp.minmss: 216); an i40e card takes a guest that
 * asks for less than 256 for an attacker (DPDK, I40E_MIN_TSO_MSS).
 */
#define OFFLOAD_SEGMENT_MIN 48

/* Fills in the frame's offload; needs its head. features: those of its transmit ring. */
void
vnet_header_read(struct frame *frame, const uint8_t header[VNET_HEADER_MAX], uint8_t features);

/* Writes the first 10 bytes of the header for this frame. */
void
vnet_header_write(const struct frame *frame, uint8_t header[10]);

/*
 * A whole header: struct virtio_net_hdr_mrg_rxbuf; its last field is the number of buffers.
 * offloads: the guest negotiated some, so the header may be other than zero.
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

#endif
