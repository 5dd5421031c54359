/*
 * How fast a port may flood. A second's worth of frames, evenly; a tenth of that in one go.
 *
 * Threads: the lcores that poll the port's queue pairs, and rte_vhost's for announcements, which
 * pay from the same purse.
 */
#ifndef FLOOD_H
#define FLOOD_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_cycles.h>

/* A port may flood this part of a second's worth in one go. */
#define FLOOD_BURSTS 10

struct flood_bucket {
	/* TSC at which the next frame is due; the longer ago that is, the more may follow. */
	/* shared: written and read by the port's lcores and rte_vhost's threads */
	uint64_t due;
};

/* Whether one more frame may be flooded now; it then counts. limit: a second, 0: any. */
static inline bool
flood_allowed(struct flood_bucket *bucket, uint32_t limit, uint64_t tsc_per_second)
{
	uint64_t due, now, begin, step;

	if (!limit)
		return true;
	step = tsc_per_second / limit;
	now = rte_rdtsc();
	begin = now - limit / FLOOD_BURSTS * step;
	due = __atomic_load_n(&bucket->due, __ATOMIC_RELAXED);
	do {
		if (due > now)
			return false;
	} while (!__atomic_compare_exchange_n(&bucket->due, &due,
		(due > begin ? due : begin) + step, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

#endif
