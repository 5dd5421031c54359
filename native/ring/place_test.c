/*
 * Tests of a packed ring's place as the ring says it: after each buffer of several rounds, whatever
 * of the ring is available, used or both; and rings that do not tell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "place.h"
#include "ring_fixture.h"

/* No power of two: packed rings may have any size. */
#define SIZE 12
#define NO_PLACE 0x7fff

static uint16_t
true_place(const struct driver *driver)
{
	uint16_t avail, used;

	ring_get_base(&driver->ring, &avail, &used);
	assert_int_equal(avail, used);
	return avail;
}

static uint16_t
told_place(const struct driver *driver)
{
	uint16_t base = NO_PLACE;

	return ring_own_place(&driver->ring, &base) ? base : NO_PLACE;
}

static void
send(struct driver *driver, bool indirect, uint32_t piece)
{
	uint8_t bytes[60];

	fill(bytes, sizeof(bytes), piece);
	send_frame(driver, indirect, DATA, bytes, sizeof(bytes), piece);
}

/* The switch forwards what there is, and the driver takes back `n` buffers. */
static void
serve(struct driver *driver, uint16_t n)
{
	static struct burst burst;
	uint16_t id;
	uint32_t length;

	if (ring_peek(&driver->ring, &burst) > 0)
		ring_release(&driver->ring, &burst);
	while (n-- > 0)
		assert_true(driver_used(driver, &id, &length));
}

static void
a_fresh_ring_begins_at_its_first(void **state)
{
	struct driver driver;

	(void)state;
	driver_init(&driver, RING_PACKED, SIZE);
	assert_int_equal(told_place(&driver), RING_FIRST_PLACE);
	assert_int_equal(true_place(&driver), RING_FIRST_PLACE);
	for (uint16_t i = 0; i < SIZE; i++) {
		send(&driver, false, 1000);
		assert_int_equal(told_place(&driver), RING_FIRST_PLACE);
	}
	driver_free(&driver);
}

/* Rounds with `unread` used buffers that the driver has not looked at, and `open` available ones.
 */
static void
follow(uint16_t unread, uint16_t open, bool indirect)
{
	uint32_t piece = indirect ? 40 : 1000;
	struct driver driver;

	driver_init(&driver, RING_PACKED, SIZE);
	for (uint16_t i = 0; i < unread; i++) {
		send(&driver, indirect, piece);
		serve(&driver, 0);
		assert_int_equal(told_place(&driver), true_place(&driver));
	}
	for (uint16_t i = 0; i < 7 * SIZE; i++) {
		for (uint16_t sent = 0; sent < open; sent++)
			send(&driver, indirect, piece);
		assert_int_equal(told_place(&driver), true_place(&driver));
		serve(&driver, open);
		assert_int_equal(told_place(&driver), true_place(&driver));
	}
	driver_free(&driver);
}

static void
a_ring_of_single_descriptors_tells(void **state)
{
	(void)state;
	for (uint16_t unread = 0; unread < SIZE; unread++)
		for (uint16_t open = 1; open + unread <= SIZE; open++) {
			follow(unread, open, true);
			follow(unread, open, false);
		}
}

/* As a receive ring is at rest. */
static void
a_ring_that_is_wholly_available_tells(void **state)
{
	static struct burst burst;
	struct driver driver;
	uint32_t length;
	uint16_t id;

	(void)state;
	driver_init(&driver, RING_PACKED, SIZE);
	for (uint16_t i = 0; i < SIZE; i++)
		send(&driver, false, 1000);
	for (uint16_t i = 0; i < 4 * SIZE; i++) {
		assert_int_equal(ring_peek(&driver.ring, &burst), SIZE);
		ring_keep(&driver.ring, &burst, 1);
		ring_release(&driver.ring, &burst);
		assert_int_equal(told_place(&driver), true_place(&driver));
		assert_true(driver_used(&driver, &id, &length));
		send(&driver, false, 1000);
		assert_int_equal(told_place(&driver), true_place(&driver));
	}
	driver_free(&driver);
}

static void
a_ring_with_chains_does_not(void **state)
{
	struct driver driver;

	(void)state;
	driver_init(&driver, RING_PACKED, SIZE);
	for (uint16_t i = 0; i < 2; i++) {
		send(&driver, false, 40); /* header and a piece, and another one */
		serve(&driver, 1);
	}
	assert_int_equal(told_place(&driver), NO_PLACE);
	driver_free(&driver);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_ring_begins_at_its_first),
		cmocka_unit_test(a_ring_of_single_descriptors_tells),
		cmocka_unit_test(a_ring_that_is_wholly_available_tells),
		cmocka_unit_test(a_ring_with_chains_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
