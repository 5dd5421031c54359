/*
 * Tests only: taking frames out of a ring, and giving buffers back, in one call each.
 */
#ifndef RING_PEEK_H
#define RING_PEEK_H

#include "ring.h"

/* Takes up to BURST frames from a transmit ring, with their heads. */
static inline uint16_t
ring_peek(struct ring *ring, struct burst *burst)
{
	(void)ring_begin(ring, burst);
	ring_heads(burst);
	return burst->n;
}

/* Gives all buffers of the burst back to the guest, and interrupts it if it asked for that. */
static inline void
ring_release(struct ring *ring, const struct burst *burst)
{
	struct ring_due due = ring_release_due(ring, burst);

	ring_notify(&due, 1);
}

#endif
