/*
 * The busiest pairs of ports, of one lcore: how many frames went from which to which, those that
 * the receiver then has no room for included. Counted only while somebody asks (pairs.get), for
 * whole batches.
 *
 * There are more pairs than places. A pair that is new takes the place of the one in its bucket
 * that is least busy, and its rank, from which it goes on: so a pair that was busy long ago gives
 * way in the end, and many small ones do not drive out a busy one (the "space saving" algorithm).
 *
 * Threads: the lcore counts; the control thread reads at the same time, and forgets ports that are
 * not there any more.
 */
#ifndef PAIRS_H
#define PAIRS_H

#include <stdbool.h>
#include <stdint.h>

#define PAIRS_BUCKETS 64
#define PAIRS_WAYS 4
#define PAIRS (PAIRS_BUCKETS * PAIRS_WAYS)
/* How long an lcore counts after somebody asked. */
#define PAIRS_SECONDS 5

struct pair {
	/* shared: written by the lcore, cleared and read by the control thread */
	uint64_t key; /* 0: free, or being changed */
	/* shared: written by the lcore, read by the control thread */
	uint64_t packets, bytes; /* since it has this place */
	uint64_t rank;
};

struct pairs {
	uint16_t from; /* whose frames are being staged */
	struct pair place[PAIRS_BUCKETS][PAIRS_WAYS];
};

struct pair_count {
	uint16_t from, to;
	uint64_t packets, bytes;
};

/* The lcore: forgets all. */
void
pairs_clear(struct pairs *pairs);
/* The lcore: n more frames from `from`. */
void
pairs_add(struct pairs *pairs, uint16_t to, uint16_t n, uint64_t bytes);

/* Control thread: the pair in a place, from 0 to PAIRS - 1. False: there is none. */
bool
pairs_read(const struct pairs *pairs, unsigned int place, struct pair_count *count);
/* Control thread: forgets a port that no lcore serves. */
void
pairs_forget(struct pairs *pairs, uint16_t port);

#endif
