/*
 * copy(): the same bytes by each way, from and to any address, and not one beside them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "copy.h"

#define ROOM 4400
#define GUARD 64

static uint8_t from[ROOM], to[ROOM], expected[ROOM];

static void
check(uint32_t from_at, uint32_t to_at, uint32_t length)
{
	memset(to, 0xee, sizeof(to));
	memset(expected, 0xee, sizeof(expected));
	memcpy(expected + to_at, from + from_at, length);
	copy(to + to_at, from + from_at, length);
	if (memcmp(to, expected, sizeof(to)) != 0)
		fail_msg("%u bytes from %u to %u", length, from_at, to_at);
}

static void
every_length(void **state)
{
	const uint32_t leasts[] = {COPY_LONG, 2048, UINT32_MAX}, usual = copy_string_least;
	const uint32_t shifts[] = {0, 1, 12, 15, 63};

	(void)state;
	for (uint32_t i = 0; i < ROOM; i++)
		from[i] = (uint8_t)(i * 7 + i / 251);
	for (size_t least = 0; least < RTE_DIM(leasts); least++) {
		copy_string_least = leasts[least];
		for (uint32_t length = 0; length <= ROOM - 2 * GUARD; length += 1 + length / 600)
			for (size_t s = 0; s < RTE_DIM(shifts); s++)
				check(shifts[s], shifts[RTE_DIM(shifts) - 1 - s], length);
	}
	copy_string_least = usual;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
