/*
 * A claim on something that lcores use in turn, a burst at a time: taken by one atomic exchange,
 * released by one store. See "Ownership" in ring.h.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdbool.h>

#include <rte_pause.h>

/* About 2 µs; a burst of another lcore takes less unless it was descheduled. */
#define CLAIM_TRIES 64

/* False: another lcore held it all the time. Bounded, so that no lcore waits for ever.
 */
static inline bool
claim(bool *claimed)
{
	for (int i = 0; i < CLAIM_TRIES; i++) {
		if (!__atomic_load_n(claimed, __ATOMIC_RELAXED) &&
			!__atomic_exchange_n(claimed, true, __ATOMIC_ACQUIRE))
			return true;
		rte_pause();
	}
	return false;
}

static inline void
unclaim(bool *claimed)
{
	__atomic_store_n(claimed, false, __ATOMIC_RELEASE);
}

#endif
