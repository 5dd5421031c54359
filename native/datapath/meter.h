/*
 * Limits of what a port may send or get, as libvirt's <bandwidth> means them: an average, and a
 * burst beyond it at a peak rate. Two buckets, each as the time at which the next byte is due.
 *
 * What a guest sends is not dropped: it stays in its ring until it is due. What is for a guest has
 * no place to wait in.
 *
 * Threads: any lcore that polls a queue pair of the port charges a meter of what is sent, any lcore
 * one of what is received. Lcores that find nothing owed at the same moment may each take a burst,
 * as one lcore does of several rings; all of it is charged, so the rate holds.
 */
#ifndef METER_H
#define METER_H

#include <stdbool.h>
#include <stdint.h>

/* In cycles of the TSC. */
struct bucket_rate {
	uint64_t per_kib; /* 0: no limit */
	uint64_t depth;   /* so long ago the next byte may have been due */
};

struct bandwidth {
	struct bucket_rate average, peak;
};

struct meter {
	/* shared: written and read by the lcores that charge it */
	uint64_t average, peak; /* when the next byte is due */
};

/* KiB a second, KiB; 0: no limit, and a tenth of a second's worth. */
struct bandwidth
bandwidth_of(uint32_t average, uint32_t peak, uint32_t burst, uint64_t tsc_per_second);

static inline bool
bandwidth_is_limited(const struct bandwidth *rate)
{
	return rate->average.per_kib || rate->peak.per_kib;
}

/* Whether nothing is owed. */
static inline bool
meter_is_due(const struct meter *meter, uint64_t now)
{
	return __atomic_load_n(&meter->average, __ATOMIC_RELAXED) <= now &&
	       __atomic_load_n(&meter->peak, __ATOMIC_RELAXED) <= now;
}

void
meter_charge(struct meter *meter, const struct bandwidth *rate, uint64_t bytes, uint64_t now);

#endif
