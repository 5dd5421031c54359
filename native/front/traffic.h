/*
 * Well-behaved traffic between pairs of guests, both ways, numbered, so that what others do to it
 * can be told in frames and milliseconds. Guests whose switch goes away are connected again as
 * soon as one is there.
 *
 * Threads: traffic_start() makes one, which owns the guests until traffic_stop() has returned.
 */
#ifndef FRONT_TRAFFIC_H
#define FRONT_TRAFFIC_H

#include "front.h"

#define TRAFFIC_MAX_PAIRS 8

/* Of one direction. */
struct traffic_count {
	uint64_t sent, received;
	uint64_t lost;       /* numbers that were skipped */
	uint64_t repeated;   /* numbers that came again */
	uint64_t foreign;    /* frames of others, floods for example */
	uint64_t longest_us; /* longest time between two that came in */
};

struct traffic;

/* guests: two for each of n pairs. NULL: no memory, or no thread. */
struct traffic *
traffic_start(struct front *const *guests, int n);

/* Waits for frames under way; count: two directions for each pair. Returns how many reconnects. */
uint32_t
traffic_stop(struct traffic *traffic, struct traffic_count *count);

#endif
