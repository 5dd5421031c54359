/*
 * One piece of code for split and packed rings: `packed` is a constant in each instance, so the
 * compiler makes two straight paths.
 */
#ifndef RING_FORMAT_H
#define RING_FORMAT_H

#include "packed.h"
#include "split.h"

static __rte_always_inline enum chain_result
next(struct ring *ring, struct chain *chain, const bool writable, const bool packed)
{
	return packed ? packed_next(ring, chain, writable) : split_next(ring, chain, writable);
}

static __rte_always_inline void
push(struct ring *ring, uint16_t id, uint16_t count, uint32_t length, const bool writable,
	const bool packed)
{
	if (packed)
		packed_push(ring, id, count, length, writable);
	else
		split_push(ring, id, length);
}

/* Publishes to the guest what was pushed since `before`. */
static __rte_always_inline struct ring_due
publish(struct ring *ring, uint16_t before, const bool packed)
{
	struct ring_due due = {.ring = ring, .now = ring->used_at, .wrap = ring->used_wrap};

	due.count = packed ? ring->batch_count : (uint16_t)(ring->used_at - before);
	if (due.count == 0)
		return due;
	if (packed)
		packed_publish(ring);
	else
		split_publish(ring);
	return due;
}

#endif
