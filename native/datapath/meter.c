#include <rte_common.h>

#include "meter.h"

/* Beyond an average, and beyond a peak, parts of a second that may come in one go. */
#define AVERAGE_PART 10
#define PEAK_PART 200
/* The largest frame that a guest may send, so that one is never too long for good. */
#define LARGEST_KIB 64

static struct bucket_rate
bucket_rate_of(uint32_t kib, uint32_t burst, uint64_t tsc_per_second)
{
	struct bucket_rate rate = {0};

	if (!kib)
		return rate;
	rate.per_kib = RTE_MAX(tsc_per_second / kib, 1ULL);
	rate.depth = RTE_MAX(burst, (uint32_t)LARGEST_KIB) * rate.per_kib;
	return rate;
}

struct bandwidth
bandwidth_of(uint32_t average, uint32_t peak, uint32_t burst, uint64_t tsc_per_second)
{
	return (struct bandwidth){
		.average = bucket_rate_of(
			average, burst ? burst : average / AVERAGE_PART, tsc_per_second),
		.peak = bucket_rate_of(peak, peak / PEAK_PART, tsc_per_second),
	};
}

static void
charge(uint64_t *due, const struct bucket_rate *rate, uint64_t bytes, uint64_t now)
{
	uint64_t begin = now > rate->depth ? now - rate->depth : 0;
	uint64_t before = __atomic_load_n(due, __ATOMIC_RELAXED), after;

	if (!rate->per_kib)
		return;
	do {
		after = RTE_MAX(before, begin) + bytes * rate->per_kib / 1024;
	} while (!__atomic_compare_exchange_n(
		due, &before, after, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

void
meter_charge(struct meter *meter, const struct bandwidth *rate, uint64_t bytes, uint64_t now)
{
	charge(&meter->average, &rate->average, bytes, now);
	charge(&meter->peak, &rate->peak, bytes, now);
}
