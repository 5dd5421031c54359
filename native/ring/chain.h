/*
 * From one available buffer to checked segments of host memory: the common part of split and
 * packed rings, and of their indirect tables.
 */
#ifndef RING_CHAIN_H
#define RING_CHAIN_H

#include <linux/virtio_ring.h>
#include <stdbool.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "ring.h"

/*
 * The guest may rewrite its memory: each value must be read exactly once. This is a relaxed load,
 * but not by __atomic_load_n(): gcc 12 makes two instructions of that for indexed addresses, 7 more
 * on 330 per frame.
 */
#ifdef SANITIZED
/* ThreadSanitizer knows only this form; an interface of the host (../host) is a guest in our own
 * process. */
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#else
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#endif

/* Limit on a descriptor's bytes; keeps the sum over a chain far below 2^32. */
#define CHAIN_LONGEST (1u << 20)
/*
 * Limit on the descriptors walked in a chain. A burst has room for as many segments, so a longer
 * chain could not be used, but could keep an lcore busy for milliseconds.
 */
#define CHAIN_MAX BURST_SEGMENTS

enum chain_result {
	CHAIN_OK,
	CHAIN_NONE,   /* nothing available */
	CHAIN_BAD,    /* this buffer cannot be used; id and count are valid */
	CHAIN_LONG,   /* more segments than the pool has left; id and count are valid */
	CHAIN_BROKEN, /* the ring itself is wrong */
};

/* One available buffer. */
struct chain {
	struct ring_segment *segments;
	uint16_t n, max;
	uint32_t length;
	uint16_t id, count;
	uint16_t walked; /* descriptors that were read, in a table, too */
};

/* A descriptor, read once. Split and packed ones share the layout of their first 12 bytes. */
struct descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags;
	uint16_t next; /* split only */
};

/* Two loads instead of four. Little-endian, like all hosts we build for. */
struct raw_descriptor {
	uint64_t address, rest;
} __attribute__((may_alias));

static __rte_always_inline struct descriptor
read_descriptor(const struct vring_desc *at)
{
	const struct raw_descriptor *raw = (const struct raw_descriptor *)at;
	uint64_t address = READ_ONCE(raw->address), rest = READ_ONCE(raw->rest);

	return (struct descriptor){address, (uint32_t)rest, rest >> 32, rest >> 48};
}

/*
 * Appends a guest range as one segment, or several if it crosses a break in the mapping. An empty
 * range is only a cost, and is refused; QEMU's devices refuse it, too ("zero sized buffers are not
 * allowed", virtqueue_map_desc()).
 */
static __rte_always_inline enum chain_result
chain_add(struct chain *chain, const struct memory *memory, uint64_t guest, uint32_t length)
{
	chain->walked++;
	if (unlikely(length == 0 || length > CHAIN_LONGEST || chain->length > CHAIN_LONGEST))
		return CHAIN_BAD;
	chain->length += length;
	while (length > 0) {
		uint32_t run;
		uint8_t *at = memory_at(memory, guest, length, &run);

		if (unlikely(!at))
			return CHAIN_BAD;
		if (unlikely(chain->n == chain->max))
			return CHAIN_LONG;
		chain->segments[chain->n++] = (struct ring_segment){.at = at, .length = run};
		guest += run;
		length -= run;
	}
	return CHAIN_OK;
}

/*
 * Walks an indirect table: by `next` in split rings, in sequence in packed ones. Each descriptor
 * is looked up separately, as the table may span two regions.
 */
static inline enum chain_result
chain_indirect(struct chain *chain, const struct memory *memory, struct descriptor table,
	bool writable, bool packed)
{
	uint32_t n = table.length / sizeof(struct vring_desc), index = 0;

	if (n == 0 || table.length % sizeof(struct vring_desc) || n > 65536)
		return CHAIN_BAD;
	for (uint32_t walked = 0; walked < n; walked++) {
		uint32_t run;

		if (unlikely(walked == CHAIN_MAX))
			return CHAIN_BAD;
		const uint8_t *at =
			memory_at(memory, table.address + index * sizeof(struct vring_desc),
				sizeof(struct vring_desc), &run);
		struct descriptor descriptor;
		enum chain_result result;

		if (!at || run != sizeof(struct vring_desc) || ((uintptr_t)at & 7))
			return CHAIN_BAD;
		descriptor = read_descriptor((const struct vring_desc *)at);
		/* A packed descriptor has its id where the split one has its flags. */
		if (packed)
			descriptor.flags = descriptor.next;
		if (descriptor.flags & VRING_DESC_F_INDIRECT ||
			!(descriptor.flags & VRING_DESC_F_WRITE) == writable)
			return CHAIN_BAD;
		result = chain_add(chain, memory, descriptor.address, descriptor.length);
		if (result != CHAIN_OK)
			return result;
		if (packed) {
			index++;
			continue;
		}
		if (!(descriptor.flags & VRING_DESC_F_NEXT))
			return CHAIN_OK;
		index = descriptor.next;
		if (index >= n)
			return CHAIN_BAD;
	}
	return packed ? CHAIN_OK : CHAIN_BAD; /* split: it loops */
}

#endif
