/*
 * Tests of limits: what passes in a time that the test makes up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "meter.h"

#define HZ 2000000000ULL
#define SECONDS 20

/* KiB of frames of `length` bytes that pass in the seconds from `begin` on, one offered each 10 us.
 */
static uint64_t
passes(struct meter *meter, const struct bandwidth *rate, uint64_t length, uint64_t begin,
	uint64_t ms)
{
	uint64_t bytes = 0;

	for (uint64_t at = 0; at < ms * 100; at++) {
		uint64_t now = begin + at * (HZ / 100000);

		if (!meter_is_due(meter, now))
			continue;
		meter_charge(meter, rate, length, now);
		bytes += length;
	}
	return bytes / 1024;
}

static void
near(uint64_t is, uint64_t wanted)
{
	assert_in_range(is, wanted - wanted / 50, wanted + wanted / 50);
}

static void
an_average_holds(void **state)
{
	static const uint32_t rates[] = {128, 1000, 20000, 100000};
	static const uint64_t lengths[] = {64, 1514, 65535};

	(void)state;
	for (int i = 0; i < 4; i++)
		for (int j = 0; j < 3; j++) {
			struct bandwidth rate = bandwidth_of(rates[i], 0, 0, HZ);
			struct meter meter = {0};

			/* 64 bytes each 10 us are 6,250 KiB a second. */
			if (lengths[j] == 64 && rates[i] > 5000)
				continue;
			passes(&meter, &rate, lengths[j], HZ, 1000);
			near(passes(&meter, &rate, lengths[j], 2 * HZ, SECONDS * 1000),
				(uint64_t)rates[i] * SECONDS);
		}
}

static void
a_burst_is_what_was_said(void **state)
{
	struct bandwidth rate = bandwidth_of(1000, 0, 5000, HZ);
	struct meter meter = {0};

	(void)state;
	/* 1,500 bytes each 10 us are 146,000 KiB a second. */
	near(passes(&meter, &rate, 1500, 100 * HZ, 1000), 5000 + 1000);
	near(passes(&meter, &rate, 1500, 101 * HZ, 1000), 1000);
	/* It comes back with time, and no more than it was. */
	near(passes(&meter, &rate, 1500, 104 * HZ, 1000), 2000 + 1000);
	near(passes(&meter, &rate, 1500, 204 * HZ, 1000), 5000 + 1000);
}

static void
a_burst_goes_at_its_peak(void **state)
{
	struct bandwidth rate = bandwidth_of(1000, 20000, 10000, HZ);
	struct meter meter = {0};

	(void)state;
	near(passes(&meter, &rate, 1500, 100 * HZ, 250), 5000 + 100);
	near(passes(&meter, &rate, 1500, 100 * HZ + HZ / 4, 2000), 10000 - 5000 - 100 + 2250);
}

static void
no_limit_is_none(void **state)
{
	struct bandwidth rate = bandwidth_of(0, 0, 0, HZ);
	struct meter meter = {0};

	(void)state;
	assert_false(bandwidth_is_limited(&rate));
	near(passes(&meter, &rate, 1500, HZ, 1000), 100000ULL * 1500 / 1024);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_average_holds),
		cmocka_unit_test(a_burst_is_what_was_said),
		cmocka_unit_test(a_burst_goes_at_its_peak),
		cmocka_unit_test(no_limit_is_none),
	};

	return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
