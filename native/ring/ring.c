#include <rte_mbuf.h>

#include "ring.h"

#define WRAP (1u << 15)

void
ring_count_bad(struct ring *ring)
{
	__atomic_store_n(&ring->bad_chains, ring->bad_chains + 1, __ATOMIC_RELAXED);
}

void
ring_set_base(struct ring *ring, uint16_t avail, uint16_t used)
{
	if (ring->features & RING_PACKED) {
		ring->avail_wrap = avail & WRAP;
		ring->used_wrap = used & WRAP;
		avail &= ~WRAP;
		used &= ~WRAP;
	}
	ring->avail_at = avail;
	ring->used_at = used;
	ring->batch_count = 0;
}

void
ring_get_base(const struct ring *ring, uint16_t *avail, uint16_t *used)
{
	*avail = ring->avail_at;
	*used = ring->used_at;
	if (ring->features & RING_PACKED) {
		*avail |= ring->avail_wrap ? WRAP : 0;
		*used |= ring->used_wrap ? WRAP : 0;
	}
}

bool
frame_of_mbuf(struct frame *frame, const struct rte_mbuf *mbuf, struct ring_segment *segments,
	uint16_t n_segments)
{
	if (mbuf->nb_segs > n_segments)
		return false;
	frame->length = mbuf->pkt_len;
	frame->head_length = 0;
	frame->offload.flags = 0;
	frame->n_segments = 0;
	frame->segments = segments;
	for (; mbuf; mbuf = mbuf->next)
		if (mbuf->data_len)
			segments[frame->n_segments++] = (struct ring_segment){
				.at = rte_pktmbuf_mtod(mbuf, uint8_t *), .length = mbuf->data_len};
	return true;
}
