/*
 * Numbered flows between two guests with several queue pairs, both ways, to see whether each stays
 * in order: a flow leaves by one pair, as a real driver's does, and its frames are looked for in
 * all of the other guest's. Closed loop: nothing is lost because of us.
 *
 * Threads: flows_start() makes one, which owns the guests until flows_stop() has returned.
 */
#ifndef FRONT_FLOWS_H
#define FRONT_FLOWS_H

#include "front.h"

/* Of both directions. */
struct flows_count {
	uint64_t flows;
	uint64_t sent, received;
	uint64_t missing; /* never came */
	uint64_t early;   /* came before one that was sent earlier */
	uint64_t late;    /* came behind one that was sent later, or once more */
	uint64_t moved;   /* came in another receive ring than the one before */
	uint64_t foreign;
	uint64_t least; /* frames that came of the flow that had fewest */
};

struct flows;

/* per_pair: flows of each pair, in each direction. NULL: no memory, no thread. */
struct flows *
flows_start(struct front *a, struct front *b, uint32_t per_pair);

/* Waits for frames under way. */
void
flows_stop(struct flows *flows, struct flows_count *count);

#endif
