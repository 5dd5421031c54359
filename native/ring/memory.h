/*
 * A guest's memory as mapped by the switch.
 *
 * Written while the guest's rings are paused, read by forwarding lcores.
 */
#ifndef RING_MEMORY_H
#define RING_MEMORY_H

#include <stdint.h>

#define MEMORY_MAX_REGIONS 64

struct memory_region {
	uint64_t guest; /* guest physical address */
	uint64_t size;  /* bytes */
	uint8_t *host;
};

/* Largest region first: nearly every buffer is in the first one. */
struct memory {
	uint32_t n;
	struct memory_region region[MEMORY_MAX_REGIONS];
};

/*
 * Where guest address `guest` is mapped. *run: how many of the `length` bytes are contiguous
 * there, at least 1. NULL: not the guest's memory, or length is 0.
 */
static inline uint8_t *
memory_at(const struct memory *memory, uint64_t guest, uint32_t length, uint32_t *run)
{
	for (uint32_t i = 0; i < memory->n; i++) {
		const struct memory_region *region = &memory->region[i];
		uint64_t offset = guest - region->guest, left;

		/* Unsigned: an address below the region wraps and is far outside. */
		if (offset >= region->size)
			continue;
		left = region->size - offset;
		*run = left < length ? left : length;
		return *run ? region->host + offset : 0;
	}
	return 0;
}

#endif
