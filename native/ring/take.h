/*
 * Takes bytes from a frame's beginning.
 */
#ifndef RING_TAKE_H
#define RING_TAKE_H

#include "copy.h"
#include "ring.h"

/* Moves `length` bytes from the segments' beginning into `to` (NULL: nowhere). There are enough. */
static __rte_always_inline void
take(struct ring_segment **segments, uint16_t *n, uint8_t *to, uint32_t length)
{
	while (length > 0) {
		struct ring_segment *segment = *segments;
		uint32_t run = RTE_MIN(segment->length, length);

		if (to) {
			copy(to, segment->at, run);
			to += run;
		}
		segment->at += run;
		segment->length -= run;
		length -= run;
		if (segment->length == 0) {
			(*segments)++;
			(*n)--;
		}
	}
}

#endif
