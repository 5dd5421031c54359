/*
 * The split ring's format (virtio 1.2, 2.7).
 */
#ifndef RING_SPLIT_H
#define RING_SPLIT_H

#include <string.h>

#include <rte_prefetch.h>

#include "chain.h"

/* Number of buffers that the guest has made available. */
static __rte_always_inline uint16_t
split_available(struct ring *ring)
{
	uint16_t n = __atomic_load_n(&ring->avail->idx, __ATOMIC_ACQUIRE) - ring->avail_at;

	if (unlikely(n > ring->size)) {
		ring_break(ring);
		return 0;
	}
	return n;
}

/* Reads the next buffer into chain, and moves on. The caller knows that there is one. */
static __rte_always_inline enum chain_result
split_next(struct ring *ring, struct chain *chain, const bool writable)
{
	uint16_t mask = ring->size - 1, left = RTE_MIN(ring->size, CHAIN_MAX), index;
	struct descriptor descriptor;
	enum chain_result result;

	index = READ_ONCE(ring->avail->ring[ring->avail_at & mask]);
	if (unlikely(index >= ring->size))
		return CHAIN_BROKEN;
	ring->avail_at++;
	chain->id = index;
	chain->count = 1;
	for (;;) {
		descriptor = read_descriptor(&ring->desc[index]);
		if (unlikely(descriptor.flags & VRING_DESC_F_INDIRECT)) {
			if (descriptor.flags & VRING_DESC_F_NEXT)
				return CHAIN_BAD;
			return chain_indirect(chain, ring->memory, descriptor, writable, false);
		}
		if (unlikely(!(descriptor.flags & VRING_DESC_F_WRITE) == writable))
			return CHAIN_BAD;
		result = chain_add(chain, ring->memory, descriptor.address, descriptor.length);
		if (unlikely(result != CHAIN_OK) || !(descriptor.flags & VRING_DESC_F_NEXT))
			return result;
		index = descriptor.next;
		if (unlikely(index >= ring->size || --left == 0))
			return CHAIN_BAD;
	}
}

/* Puts the last n buffers back, as if unread. */
static __rte_always_inline void
split_unread(struct ring *ring, uint16_t n)
{
	ring->avail_at -= n;
}

/* One store instead of two. Little-endian, like all hosts we build for. */
static __rte_always_inline void
split_use(struct vring_used_elem *used, uint16_t id, uint32_t length)
{
	const uint64_t both = id | (uint64_t)length << 32;

	memcpy(used, &both, sizeof(both));
}

static __rte_always_inline void
split_push(struct ring *ring, uint16_t id, uint32_t length)
{
	uint16_t at = ring->used_at++ & (ring->size - 1);

	split_use(&ring->used->ring[at], id, length);
	if (unlikely(ring->features & RING_LOG))
		ring->log.used(ring->log.context, offsetof(struct vring_used, ring[at]),
			sizeof(ring->used->ring[at]));
}

/* Publishes the pushed buffers to the guest. */
static __rte_always_inline void
split_publish(struct ring *ring)
{
	__atomic_store_n(&ring->used->idx, ring->used_at, __ATOMIC_RELEASE);
	if (unlikely(ring->features & RING_LOG))
		ring->log.used(ring->log.context, offsetof(struct vring_used, idx),
			sizeof(ring->used->idx));
}

/* Whether the guest wants an interrupt for what was published. After a barrier. */
static __rte_always_inline bool
split_wants(const struct ring_due *due)
{
	const struct ring *ring = due->ring;

	if (!(ring->features & RING_EVENT_INDEX))
		return !(READ_ONCE(ring->avail->flags) & VRING_AVAIL_F_NO_INTERRUPT);
	return vring_need_event(
		READ_ONCE(ring->avail->ring[ring->size]), due->now, due->now - due->count);
}

#endif
