/*
 * What several lcores use in turn, a burst at a time: taken by one atomic exchange, given back by
 * one store. See "Ownership" in ring.h.
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <stdatomic.h>
#include <stdbool.h>

#include <rte_pause.h>

/* About 2 µs; a burst of another lcore takes less unless it was descheduled. */
#define CLAIM_TRIES 64

/* False: another lcore held it all the time. Bounded, so that no lcore waits for one without end.
 */
static inline bool
claim(atomic_bool *claimed)
{
	for (int i = 0; i < CLAIM_TRIES; i++) {
		if (!atomic_load_explicit(claimed, memory_order_relaxed) &&
			!atomic_exchange_explicit(claimed, true, memory_order_acquire))
			return true;
		rte_pause();
	}
	return false;
}

static inline void
unclaim(atomic_bool *claimed)
{
	atomic_store_explicit(claimed, false, memory_order_release);
}

#endif
