/*
 * Frames with another tag than they came with: a copy of the head with the tag put on, taken off or
 * renumbered; what is behind it stays where it is.
 *
 * Threads: each lcore has its own. A frame made here can be used until they are cleared.
 */
#ifndef RETAG_H
#define RETAG_H

#include "egress.h"

#include "../ring/ring.h"

#define RETAGGED 64

struct retagged {
	uint16_t n, n_segments;
	struct frame frame[RETAGGED];
	struct ring_segment segment[2 * BURST_SEGMENTS];
	/* What a tag moves out of the head. */
	uint8_t moved[RETAGGED][TAG_BYTES];
};

static inline void
retag_clear(struct retagged *to)
{
	to->n = to->n_segments = 0;
}

/*
 * A frame of at least an Ethernet header, and of a whole tag where one is taken off or renumbered.
 * how: not RETAG_NO. NULL: no place is left.
 */
const struct frame *
retag(struct retagged *to, const struct frame *frame, enum retag how, uint16_t vlan);

#endif
