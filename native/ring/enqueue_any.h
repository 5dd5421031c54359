/*
 * Frames for buffers of any kind: chains, indirect tables, buffers that merge, memory in several
 * regions; and with dirty pages logged. ring_put_due() calls this when a buffer is not direct.
 */
#ifndef RING_ENQUEUE_ANY_H
#define RING_ENQUEUE_ANY_H

#include "ring.h"

/*
 * Places n frames as far as there is room, and adds to *result. The ring is claimed. available:
 * buffers of a split ring that may be read; unused for a packed ring, which says so itself.
 */
void
ring_put_any(struct ring *ring, const struct frame *const *frames, uint16_t n, uint16_t available,
	struct ring_put_result *result);

#endif
