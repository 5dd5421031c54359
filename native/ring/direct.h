/*
 * Direct buffers: one descriptor, all of it in the guest's largest region. Nearly all are. They are
 * walked without building a chain; a buffer of any other kind ends the walk.
 */
#ifndef RING_DIRECT_H
#define RING_DIRECT_H

#include "copy.h"
#include "format.h"

/* Walks over direct buffers: one descriptor, all of it in the largest region. */
struct walk {
	uint64_t guest, size; /* the region */
	uint8_t *host;
	uint16_t at, mask;
	bool wrap;
};

struct direct {
	uint8_t *at;
	uint32_t length;
	uint16_t id;
};

static __rte_always_inline struct walk
walk_from(const struct ring *ring)
{
	const struct memory_region *region = &ring->memory->region[0];

	return (struct walk){.guest = region->guest,
		.size = region->size,
		.host = region->host,
		.at = ring->avail_at,
		.mask = ring->size - 1,
		.wrap = ring->avail_wrap};
}

/*
 * The next buffer, unless it is of another kind: then the walk stays in place, and the general
 * code reads the buffer anew.
 */
static __rte_always_inline bool
walk_next(const struct ring *ring, struct walk *walk, struct direct *direct, const bool writable,
	const bool packed)
{
	const uint16_t wanted = writable ? VRING_DESC_F_WRITE : 0;
	struct descriptor descriptor;
	uint64_t offset;

	if (packed) {
		const struct vring_packed_desc *desc = &ring->packed[walk->at];
		const uint16_t kind =
			VRING_DESC_F_NEXT | VRING_DESC_F_INDIRECT | VRING_DESC_F_WRITE;
		uint16_t flags = __atomic_load_n(&desc->flags, __ATOMIC_ACQUIRE);

		if (!packed_is_available(flags, walk->wrap) || (flags & kind) != wanted)
			return false;
		descriptor = (struct descriptor){
			.address = READ_ONCE(desc->addr), .length = READ_ONCE(desc->len)};
		direct->id = READ_ONCE(desc->id);
	} else {
		direct->id = READ_ONCE(ring->avail->ring[walk->at & walk->mask]);
		if (unlikely(direct->id > walk->mask))
			return false;
		descriptor = read_descriptor(&ring->desc[direct->id]);
		if (unlikely(descriptor.flags != wanted))
			return false;
	}
	offset = descriptor.address - walk->guest;
	if (unlikely(offset >= walk->size || descriptor.length > walk->size - offset ||
		     descriptor.length == 0 || descriptor.length > CHAIN_LONGEST))
		return false;
	direct->at = walk->host + offset;
	direct->length = descriptor.length;
	return true;
}

static __rte_always_inline void
walk_on(const struct ring *ring, struct walk *walk, const bool packed)
{
	if (packed)
		packed_advance(&walk->at, &walk->wrap, 1, ring->size);
	else
		walk->at++;
}

static __rte_always_inline void
walk_to(struct ring *ring, const struct walk *walk)
{
	ring->avail_at = walk->at;
	ring->avail_wrap = walk->wrap;
}

/* Prefetches what the next burst of a ring reads first. */
static __rte_always_inline void
fetch_next(const struct ring *ring)
{
	uint16_t mask = ring->size - 1, desc;

	if (ring->features & RING_PACKED) {
		desc = READ_ONCE(ring->avail_at);
	} else {
		fetch(&ring->avail->ring[READ_ONCE(ring->avail_at) & mask], BURST,
			sizeof(uint16_t));
		desc = READ_ONCE(ring->guess) & mask;
	}
	fetch(&ring->desc[desc], RTE_MIN(ring->size - desc, BURST), sizeof(struct vring_desc));
}

#endif
