/*
 * Direct buffers: one descriptor, all of it in the guest's largest region. Nearly all are. They are
 * walked without building a chain; a buffer of any other kind ends the walk.
 */
#ifndef RING_DIRECT_H
#define RING_DIRECT_H

#include "copy.h"
#include "format.h"

/*
 * What a direct buffer's descriptor must say. Length and flags are compared as one number, whose
 * upper part are the flags: what is too small wraps, so one comparison checks both ends.
 */
struct direct_rule {
	uint64_t guest, size; /* the region */
	uint8_t *host;
	uint64_t least, span;
};

#define DIRECT_NUMBER(flags, length) ((uint64_t)(flags) << 32 | (length))

/* least: bytes that a buffer has to hold. The region is not smaller. */
static __rte_always_inline struct direct_rule
direct_rule(const struct ring *ring, uint32_t least, uint16_t flags)
{
	const struct memory_region *region = &ring->memory->region[0];

	return (struct direct_rule){.guest = region->guest,
		.size = region->size,
		.host = region->host,
		.least = DIRECT_NUMBER(flags, least),
		.span = RTE_MIN(region->size, (uint64_t)CHAIN_LONGEST) - least};
}

/*
 * Looks a buffer up, and brings its first bytes: `head` of them, in one line or two. False: it is
 * of another kind, too small, too long, or not all in the region.
 */
static __rte_always_inline bool
direct_find(const struct direct_rule *rule, uint64_t address, uint64_t number, uint32_t head,
	const bool writable, struct direct *found)
{
	uint32_t length = (uint32_t)number;
	uint64_t offset = address - rule->guest;
	uint8_t *at;

	if (unlikely(number - rule->least > rule->span || offset > rule->size - length))
		return false;
	at = rule->host + offset;
	found->at = at;
	found->length = length;
	if (writable) {
		prefetch_write(at);
		prefetch_write(at + head - 1);
	} else {
		rte_prefetch0(at);
		rte_prefetch0(at + head - 1);
	}
	return true;
}

/* n entries of the available ring in a row. Returns how many come before one of another kind. */
static __rte_always_inline uint16_t
find_direct_split(const struct ring *ring, uint16_t from, const struct direct_rule *rule,
	struct direct *found, uint16_t n, uint32_t head, const bool writable)
{
	const struct vring_desc *desc = ring->desc;
	const __virtio16 *entry = &ring->avail->ring[from];
	const uint16_t mask = ring->size - 1;

	for (const __virtio16 *end = entry + n; entry < end; entry++, found++) {
		uint16_t id = READ_ONCE(*entry);
		const struct raw_descriptor *raw = (const struct raw_descriptor *)&desc[id];
		uint64_t address, rest;

		if (unlikely(id > mask))
			return n - (end - entry);
		address = READ_ONCE(raw->address);
		rest = READ_ONCE(raw->rest);
		found->id = id;
		/* Without `next`. */
		if (unlikely(!direct_find(rule, address, rest << 16 >> 16, head, writable, found)))
			return n - (end - entry);
	}
	return n;
}

/* n descriptors in a row; one that is not available is of another kind. */
static __rte_always_inline uint16_t
find_direct_packed(const struct ring *ring, uint16_t from, const struct direct_rule *rule,
	struct direct *found, uint16_t n, uint32_t head, const bool writable)
{
	const struct vring_packed_desc *desc = &ring->packed[from];

	for (const struct vring_packed_desc *end = desc + n; desc < end; desc++, found++) {
		uint64_t number = packed_read(desc, &found->id), address = READ_ONCE(desc->addr);

		if (!direct_find(rule, address, number, head, writable, found))
			return n - (end - desc);
	}
	return n;
}

/*
 * The next buffers, up to `most`, until one of another kind comes, which the general code reads
 * anew. least: bytes that they must hold. head: those that will be used first. The ring stays where
 * it is. Returns their number.
 */
static __rte_always_inline uint16_t
find_direct(const struct ring *ring, struct direct *found, uint16_t most, uint32_t least,
	uint32_t head, const bool writable, const bool packed)
{
	const uint16_t flags = writable ? VRING_DESC_F_WRITE : 0;
	uint16_t at = packed ? ring->avail_at : ring->avail_at & (ring->size - 1), n = 0;
	bool wrap = ring->avail_wrap;

	if (unlikely(ring->memory->region[0].size < least))
		return 0;
	/* To the ring's end, then from its beginning. */
	while (n < most) {
		const struct direct_rule rule =
			direct_rule(ring, least, packed ? flags | packed_available(wrap) : flags);
		uint16_t row = RTE_MIN(most - n, ring->size - at), got;

		if (packed)
			got = find_direct_packed(ring, at, &rule, found + n, row, head, writable);
		else
			got = find_direct_split(ring, at, &rule, found + n, row, head, writable);
		n += got;
		if (got < row)
			break;
		at = 0;
		wrap = !wrap;
	}
	return n;
}

/* Moves on behind the first n buffers that were found, which are used from now on. */
static __rte_always_inline void
take_direct(struct ring *ring, const struct direct *found, uint16_t n, const bool packed)
{
	if (n == 0)
		return;
	if (packed)
		packed_advance(&ring->avail_at, &ring->avail_wrap, n, ring->size);
	else
		ring->avail_at += n;
	ring->guess = found[n - 1].id + 1;
}

/* Returns buffers to the guest; writable ones with their lengths, which were written. */
static __rte_always_inline void
push_direct(struct ring *ring, const struct direct *used, uint16_t n, const bool writable,
	const bool packed)
{
	const struct direct *end = used + n;
	const uint32_t mask = ring->size - 1;
	struct vring_used_elem *to = ring->used->ring;
	uint32_t at = ring->used_at;

	if (packed || unlikely(ring->features & RING_LOG)) {
		for (; used < end; used++)
			push(ring, used->id, 1, writable ? used->length : 0, writable, packed);
		return;
	}
	ring->used_at += n;
	for (; used < end; used++, at++)
		split_use(&to[at & mask], used->id, writable ? used->length : 0);
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
