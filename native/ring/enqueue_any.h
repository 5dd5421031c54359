/*
 * Frames for buffers of any kind: chains, indirect tables, buffers that merge, memory in several
 * regions; and with dirty pages logged. What ring_put_due() does when a buffer is not direct.
 */
#ifndef RING_ENQUEUE_ANY_H
#define RING_ENQUEUE_ANY_H

#include "ring.h"

/*
 * Places n frames as far as there is room, and adds to *result. The ring is claimed. available:
 * buffers of a split ring that may be read; not looked at for a packed one, which says itself.
 */
void
ring_put_any(struct ring *ring, const struct frame *const *frames, uint16_t n, uint16_t available,
	struct ring_put_result *result);

#endif
