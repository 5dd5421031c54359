/*
 * Fuzz fixture: a guest that changes its memory while the switch reads it (ring_fuzz_guest.h).
 *
 * The compiler calls these functions before each load of the code under test
 * (-fsanitize-coverage=trace-loads), so the change is made where a race would have to hit: right
 * before a value is read, perhaps for the second time. A thread of the guest's would seldom hit,
 * and an input that failed would not fail again.
 */
#include "ring_fuzz_guest.h"

#define PLANNED 4
#define PLAIN __attribute__((no_sanitize("coverage")))

static struct {
	uint8_t after; /* loads of guest memory since the change before */
	uint8_t which, value;
} planned[PLANNED];
static uint8_t n, next, loads;

void
plan_changes(struct input *input)
{
	n = input->left ? 1 + input_byte(input) % PLANNED : 0;
	for (uint8_t i = 0; i < n; i++) {
		planned[i].after = input_byte(input);
		planned[i].which = input_byte(input);
		planned[i].value = input_byte(input);
	}
	next = loads = 0;
}

void
forget_changes(void)
{
	n = next = 0;
}

static PLAIN void
before_load(uint8_t *at, uint8_t size)
{
	if (next == n || !is_guest(at) || loads++ < planned[next].after)
		return;
	at[planned[next].which % size] ^= planned[next].value;
	loads = 0;
	next++;
}

/* The compiler's names. */
#define ON_LOAD(size)                                                                              \
	void __sanitizer_cov_load##size(void *at);                                                 \
	PLAIN void __sanitizer_cov_load##size(void *at)                                            \
	{                                                                                          \
		before_load((uint8_t *)at, size);                                                  \
	}

ON_LOAD(1)
ON_LOAD(2)
ON_LOAD(4)
ON_LOAD(8)
ON_LOAD(16)
