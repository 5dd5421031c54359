#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"

static const struct {
	const char *name;
	double share;
} quantiles[] = {
	{"p10", 0.10},
	{"p25", 0.25},
	{"p50", 0.50},
	{"p75", 0.75},
	{"p90", 0.90},
	{"p99", 0.99},
	{"p99_9", 0.999},
};
#define N_QUANTILES (sizeof(quantiles) / sizeof(quantiles[0]))

bool
samples_create(struct samples *samples, uint32_t room)
{
	*samples = (struct samples){.value = malloc(room * sizeof(uint32_t)), .room = room};
	/* The first touch of a page is a page fault, which is not to be measured. */
	if (samples->value)
		memset(samples->value, 1, room * sizeof(uint32_t));
	return samples->value;
}

static int
compare(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

void
samples_print(struct samples *samples, double scale)
{
	uint32_t n = samples->n < samples->room ? samples->n : samples->room;

	qsort(samples->value, n, sizeof(uint32_t), compare);
	putchar('{');
	for (uint32_t i = 0; i < N_QUANTILES; i++) {
		printf("%s\"%s\":", i ? "," : "", quantiles[i].name);
		if (n == 0)
			printf("null");
		else
			printf("%.2f",
				samples->value[(uint32_t)((n - 1) * quantiles[i].share)] * scale);
	}
	putchar('}');
	samples->n = 0;
}
