/*
 * Tests of asking a guest to kick: whatever the order in which it makes a buffer available and we
 * ask, it kicks or we see the buffer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ring_fixture.h"

static const uint8_t events[] = {0, RING_EVENT_INDEX};

static void
add(struct driver *driver)
{
	driver_add(driver, &(struct driver_buffer){DATA, 100}, 1, false, false);
}

/* Takes what was made available, and has the driver take it back. */
static void
serve(struct driver *driver)
{
	static struct burst burst;
	uint32_t length;
	uint16_t id;

	while (ring_ready(&driver->ring)) {
		assert_int_not_equal(ring_peek(&driver->ring, &burst), 0);
		ring_release(&driver->ring, &burst);
		while (driver_used(driver, &id, &length))
			;
	}
}

/* A test on every kind of ring, at every place of it, so that indexes and counters wrap. */
static void
on_each(void (*test)(struct driver *driver))
{
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++)
		for (size_t e = 0; e < RTE_DIM(events); e++) {
			struct driver driver;

			driver_init(&driver, kind->features | events[e], 16);
			for (int place = 0; place < 40; place++) {
				test(&driver);
				serve(&driver);
			}
			driver_free(&driver);
		}
}

static void
asked_after(struct driver *driver)
{
	ring_ask_no_kick(&driver->ring);
	add(driver);
	assert_false(driver_wants_kick(driver));
	ring_ask_kick(&driver->ring);
	assert_true(ring_ready(&driver->ring));
}

static void
asked_between(struct driver *driver)
{
	ring_ask_no_kick(&driver->ring);
	add(driver);
	ring_ask_kick(&driver->ring);
	assert_true(driver_wants_kick(driver) || ring_ready(&driver->ring));
	assert_true(ring_ready(&driver->ring));
}

static void
asked_before(struct driver *driver)
{
	ring_ask_kick(&driver->ring);
	assert_false(ring_ready(&driver->ring));
	add(driver);
	assert_true(driver_wants_kick(driver));
}

/* The wait was in vain; another one asks anew. */
static void
asked_twice(struct driver *driver)
{
	ring_ask_kick(&driver->ring);
	ring_ask_kick(&driver->ring);
	add(driver);
	assert_true(driver_wants_kick(driver));
	ring_ask_no_kick(&driver->ring);
	add(driver);
	assert_false(driver_wants_kick(driver));
}

static void
in_any_order_it_kicks_or_is_seen(void **state)
{
	(void)state;
	on_each(asked_after);
	on_each(asked_between);
	on_each(asked_before);
	on_each(asked_twice);
}

/* A guest kicks seldom that was asked once and is polled since, however long. */
static void
a_busy_guest_is_left_alone(void **state)
{
	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++)
		for (size_t e = 0; e < RTE_DIM(events); e++) {
			struct driver driver;
			int kicks = 0;

			driver_init(&driver, kind->features | events[e], 16);
			ring_ask_kick(&driver.ring);
			ring_ask_no_kick(&driver.ring);
			for (int i = 0; i < 100000; i++) {
				add(&driver);
				kicks += driver_wants_kick(&driver);
				serve(&driver);
			}
			assert_in_range(kicks, 0, 2);
			driver_free(&driver);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_any_order_it_kicks_or_is_seen),
		cmocka_unit_test(a_busy_guest_is_left_alone),
	};

	return cmocka_run_group_tests_name("kick", tests, NULL, NULL);
}
