/*
 * The packed ring's format (virtio 1.2, 2.8).
 */
#ifndef RING_PACKED_H
#define RING_PACKED_H

#include "chain.h"

#define PACKED_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define PACKED_USED (1u << VRING_PACKED_DESC_F_USED)

static __rte_always_inline bool
packed_is_available(uint16_t flags, bool wrap)
{
	return !!(flags & PACKED_AVAIL) == wrap && !!(flags & PACKED_USED) != wrap;
}

static __rte_always_inline void
packed_advance(uint16_t *at, bool *wrap, uint16_t n, uint16_t size)
{
	*at += n;
	if (*at >= size) {
		*at -= size;
		*wrap = !*wrap;
	}
}

/* Reads the next buffer into chain, and moves on; CHAIN_NONE when there is none. */
static __rte_always_inline enum chain_result
packed_next(struct ring *ring, struct chain *chain, const bool writable)
{
	uint16_t at = ring->avail_at, flags, count = 0;
	bool wrap = ring->avail_wrap;
	enum chain_result result = CHAIN_OK;

	/* The guest writes the first descriptor's flags last, so acquire here covers the chain. */
	flags = __atomic_load_n(&ring->packed[at].flags, __ATOMIC_ACQUIRE);
	if (!packed_is_available(flags, wrap))
		return CHAIN_NONE;
	for (;;) {
		const struct vring_packed_desc *desc = &ring->packed[at];
		struct descriptor descriptor = {
			.address = READ_ONCE(desc->addr),
			.length = READ_ONCE(desc->len),
		};

		chain->id = READ_ONCE(desc->id); /* the last one is valid */
		count++;
		/* A bad chain is walked to its end, too: its length is needed. */
		if (unlikely(result != CHAIN_OK)) {
			chain->walked++;
		} else if (unlikely(flags & VRING_DESC_F_INDIRECT)) {
			result = count > 1 || (flags & VRING_DESC_F_NEXT)
					 ? CHAIN_BAD
					 : chain_indirect(
						   chain, ring->memory, descriptor, writable, true);
		} else if (unlikely(!(flags & VRING_DESC_F_WRITE) == writable)) {
			result = CHAIN_BAD;
		} else {
			result = chain_add(
				chain, ring->memory, descriptor.address, descriptor.length);
		}
		packed_advance(&at, &wrap, 1, ring->size);
		if (!(flags & VRING_DESC_F_NEXT))
			break;
		/* Never ends, or is longer than anything of use; where the next begins is unknown.
		 */
		if (unlikely(count == RTE_MIN(ring->size, CHAIN_MAX)))
			return CHAIN_BROKEN;
		flags = READ_ONCE(ring->packed[at].flags);
	}
	chain->count = count;
	ring->avail_at = at;
	ring->avail_wrap = wrap;
	return result;
}

/* Puts buffers with `count` descriptors in total back, as if unread. */
static __rte_always_inline void
packed_unread(struct ring *ring, uint16_t count)
{
	if (ring->avail_at < count) {
		ring->avail_at += ring->size;
		ring->avail_wrap = !ring->avail_wrap;
	}
	ring->avail_at -= count;
}

/* The flags that say that a descriptor is available. */
static __rte_always_inline uint16_t
packed_available(bool wrap)
{
	return wrap ? PACKED_AVAIL : PACKED_USED;
}

/*
 * A descriptor's length, and above it its flags, those that mean something here. One load, which
 * sees all that the guest wrote before the flags; what is read after it is as new.
 */
static __rte_always_inline uint64_t
packed_read(const struct vring_packed_desc *desc, uint16_t *id)
{
	const uint64_t kind = PACKED_AVAIL | PACKED_USED | VRING_DESC_F_NEXT |
			      VRING_DESC_F_INDIRECT | VRING_DESC_F_WRITE;
#ifdef SANITIZED
	/* See READ_ONCE. */
	uint64_t flags = __atomic_load_n(&desc->flags, __ATOMIC_ACQUIRE);

	*id = READ_ONCE(desc->id);
	return (flags & kind) << 32 | READ_ONCE(desc->len);
#else
	const struct raw_descriptor *raw = (const struct raw_descriptor *)desc;
	uint64_t rest = __atomic_load_n(&raw->rest, __ATOMIC_ACQUIRE);

	*id = rest >> 32;
	return (rest >> 16 & kind << 32) | (uint32_t)rest;
#endif
}

/* A batch becomes visible with the flags of its first descriptor, in packed_publish(). */
static __rte_always_inline void
packed_push(struct ring *ring, uint16_t id, uint16_t count, uint32_t length, const bool writable)
{
	struct vring_packed_desc *desc = &ring->packed[ring->used_at];
	uint16_t flags = ring->used_wrap ? PACKED_AVAIL | PACKED_USED : 0;

	if (writable && length)
		flags |= VRING_DESC_F_WRITE;
	desc->id = id;
	desc->len = length;
	if (ring->batch_count == 0) {
		ring->batch_at = ring->used_at;
		ring->batch_flags = flags;
	} else {
		__atomic_store_n(&desc->flags, flags, __ATOMIC_RELEASE);
	}
	if (unlikely(ring->features & RING_LOG))
		ring->log.used(ring->log.context, ring->used_at * sizeof(*desc), sizeof(*desc));
	ring->batch_count += count;
	packed_advance(&ring->used_at, &ring->used_wrap, count, ring->size);
}

/* Publishes the pushed buffers to the guest. */
static __rte_always_inline void
packed_publish(struct ring *ring)
{
	struct vring_packed_desc *first = &ring->packed[ring->batch_at];

	__atomic_store_n(&first->flags, ring->batch_flags, __ATOMIC_RELEASE);
	if (unlikely(ring->features & RING_LOG))
		ring->log.used(ring->log.context, ring->batch_at * sizeof(*first), sizeof(*first));
	ring->batch_count = 0;
}

/* Whether the guest wants an interrupt for what was published. After a barrier. */
static __rte_always_inline bool
packed_wants(const struct ring_due *due)
{
	const struct ring *ring = due->ring;
	uint16_t flags = READ_ONCE(ring->driver_event->flags) & 3, off_wrap, event;

	if (flags == VRING_PACKED_EVENT_FLAG_DISABLE)
		return false;
	if (flags != VRING_PACKED_EVENT_FLAG_DESC || !(ring->features & RING_EVENT_INDEX))
		return true;
	/* Positions of the last `count` descriptors, counted so that the ring's end does not
	 * matter. */
	off_wrap = READ_ONCE(ring->driver_event->off_wrap);
	event = off_wrap & ~(1u << VRING_PACKED_EVENT_F_WRAP_CTR);
	if (due->wrap != (off_wrap >> VRING_PACKED_EVENT_F_WRAP_CTR))
		event -= ring->size;
	return vring_need_event(event, due->now, due->now - due->count);
}

#endif
