/*
 * Well-behaved traffic between pairs of guests, both ways, numbered, so that disturbance by others
 * can be measured in frames and milliseconds. When the switch goes away, its guests reconnect as
 * soon as one is there again.
 *
 * Closed loop: a guest sends when what it sent before has been taken, so that nothing is lost
 * because of us; traffic is as slow as the switch. Open loop: frames are due by the clock, and one
 * that finds no room is lost. What the switch is to blame for can then be measured. When the
 * processor was taken from the traffic itself, no frames were due meanwhile.
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

/* Of all directions, between two looks. */
struct traffic_window {
	uint64_t us, sent, received, foreign, longest_us;
};

/*
 * guests: two for each of n pairs. rate: frames a second in each direction, 0: closed loop. first:
 * before all other work of its processor, to measure. NULL: no memory, no thread, or no right to
 * go first.
 */
struct traffic *
traffic_start(struct front *const *guests, int n, uint32_t rate, bool first);

/* What was since the last look, or the start. */
void
traffic_look(struct traffic *traffic, struct traffic_window *window);

/* Waits for frames under way; count: two directions per pair. Returns the number of reconnects. */
uint32_t
traffic_stop(struct traffic *traffic, struct traffic_count *count);

#endif
