/*
 * Tests of the conditions for an interrupt: flags and event indexes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "interrupt.h"
#include "ring_fixture.h"

static uint64_t
interrupts(int fd)
{
	eventfd_t n;

	return eventfd_read(fd, &n) == 0 ? n : 0;
}

static void
interrupts_only_who_asks(void **state)
{
	uint8_t bytes[60] = {0};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct driver driver;

		driver_init(&driver, kind->features, DRIVER_RING);
		driver.ring.call_fd = eventfd(0, EFD_NONBLOCK);
		for (int i = 0; i < 2; i++)
			driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, true, false);
		driver_want_interrupts(&driver, false);
		put_one(&driver.ring, bytes, sizeof(bytes));
		assert_int_equal(interrupts(driver.ring.call_fd), 0);
		driver_want_interrupts(&driver, true);
		put_one(&driver.ring, bytes, sizeof(bytes));
		assert_int_equal(interrupts(driver.ring.call_fd), 1);
		close(driver.ring.call_fd);
		driver_free(&driver);
	}
}

static void
event_index_is_obeyed(void **state)
{
	uint8_t bytes[60] = {0};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		/* Starts near the end, so that the index wraps during the test. */
		for (uint16_t start = 0; start < 16; start++) {
			struct driver driver;
			uint16_t used, signals = 0;
			uint32_t length;

			driver_init(&driver, kind->features | RING_EVENT_INDEX, 16);
			driver.ring.call_fd = eventfd(0, EFD_NONBLOCK);
			for (uint16_t i = 0; i < start; i++) {
				driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, true,
					false);
				put_one(&driver.ring, bytes, sizeof(bytes));
				assert_true(driver_used(&driver, &used, &length));
			}
			interrupts(driver.ring.call_fd);
			driver_want_event(&driver, 4);
			for (uint16_t i = 0; i < 10; i++) {
				driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, true,
					false);
				put_one(&driver.ring, bytes, sizeof(bytes));
				if (interrupts(driver.ring.call_fd)) {
					assert_int_equal(i, 4);
					signals++;
				}
			}
			assert_int_equal(signals, 1);
			close(driver.ring.call_fd);
			driver_free(&driver);
		}
	}
}

static int
prepare(void **state)
{
	(void)state;
	return interrupt_prepare(0) ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupts_only_who_asks),
		cmocka_unit_test(event_index_is_obeyed),
	};

	return cmocka_run_group_tests_name("notify", tests, prepare, NULL);
}
