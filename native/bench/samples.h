/*
 * Measured values and their quantiles. Memory is taken, and touched, beforehand: adding one costs a
 * store. When there is no more room the oldest values are replaced.
 */
#ifndef BENCH_SAMPLES_H
#define BENCH_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>

struct samples {
	uint32_t *value;
	uint32_t room;
	uint64_t n; /* of all that were added */
};

/* False: no memory. */
bool
samples_create(struct samples *samples, uint32_t room);

static inline void
samples_add(struct samples *samples, uint64_t value)
{
	samples->value[samples->n++ % samples->room] = value < UINT32_MAX ? value : UINT32_MAX;
}

/*
 * Prints a JSON object on stdout, such as {"p10":1.00,…}: p10, p25, p50, p75, p90, p99 and p99_9 of
 * the values times scale; null where there are none. Sorts the values, and forgets them.
 */
void
samples_print(struct samples *samples, double scale);

#endif
