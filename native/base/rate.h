/*
 * So many of something a second, ten seconds' worth at once: a guest with many rings begins with
 * thousands of messages.
 *
 * Threads: the caller's lock.
 */
#ifndef RATE_H
#define RATE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define RATE_BURST_S 10

/* All zero: as much as a burst, since long ago. */
struct rate {
	uint64_t allowance;  /* thousandths, as of that millisecond */
	uint64_t allowed_at; /* milliseconds of CLOCK_MONOTONIC */
};

/* Whether one more may pass; it then counts. per_second: 0: any. */
static inline bool
rate_take(struct rate *rate, uint64_t per_second)
{
	uint64_t most = per_second * RATE_BURST_S * 1000, now;
	struct timespec time;

	if (per_second == 0)
		return true;
	clock_gettime(CLOCK_MONOTONIC, &time);
	now = time.tv_sec * 1000ULL + time.tv_nsec / 1000000;
	rate->allowance += (now - rate->allowed_at) * per_second;
	rate->allowed_at = now;
	if (rate->allowance > most)
		rate->allowance = most;
	if (rate->allowance < 1000)
		return false;
	rate->allowance -= 1000;
	return true;
}

#endif
