/*
 * Well-behaved traffic between pairs of guests, both ways, numbered, so that disturbance by others
 * can be measured in frames and milliseconds. When the switch goes away, its guests reconnect as
 * soon as one is there again.
 *
 * Threads: traffic_start() makes one, which owns the guests until traffic_stop() has returned.
 */
#ifndef FRONT_TRAFFIC_H
#define FRONT_TRAFFIC_H

#include "front.h"

#define TRAFFIC_MAX_PAIRS 8

/* Counters of one direction. */
struct traffic_count {
	uint64_t sent, received;
	uint64_t lost;       /* numbers that were skipped */
	uint64_t repeated;   /* numbers that came again */
	uint64_t foreign;    /* frames from others, e.g. floods */
	uint64_t longest_us; /* longest time between two arrivals */
};

struct traffic;

/* guests: two for each of n pairs. NULL: no memory, or no thread. */
struct traffic *
traffic_start(struct front *const *guests, int n);

/* Waits for frames under way; count: two directions per pair. Returns the number of reconnects. */
uint32_t
traffic_stop(struct traffic *traffic, struct traffic_count *count);

#endif
