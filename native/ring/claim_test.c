/*
 * Tests of rings that several lcores fill: claimed in turn, without endless waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "ring_fixture.h"

#define RACE_FRAMES 40000

/* Each writer numbers its frames; what arrives must be whole, and in order per writer. */
struct writer {
	struct ring *ring;
	uint32_t number;
	uint64_t busy;
};

static void *
write_frames(void *arg)
{
	struct writer *writer = arg;
	uint32_t bytes[25];

	for (uint32_t i = 0; i < RACE_FRAMES;) {
		struct ring_put_result result;

		for (uint32_t j = 0; j < RTE_DIM(bytes); j++)
			bytes[j] = writer->number << 24 | i;
		result = put_one(writer->ring, (uint8_t *)bytes, sizeof(bytes));
		i += result.sent;
		writer->busy += result.busy;
	}
	return NULL;
}

static void
several_cores_fill_one_ring(void **state)
{
	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		uint32_t bytes[25], next[2] = {0}, length;
		uint64_t where[DRIVER_RING];
		struct writer writers[2];
		struct driver driver;
		pthread_t threads[2];
		uint16_t id;

		driver_init(&driver, packed ? RING_PACKED : 0, DRIVER_RING);
		for (uint32_t i = 0; i < DRIVER_RING; i++) {
			uint64_t at = DATA + i * 256;

			id = driver_add(&driver, &(struct driver_buffer){at, 200}, 1, true, false);
			where[id] = at;
		}
		for (uint32_t i = 0; i < 2; i++) {
			writers[i] = (struct writer){&driver.ring, i, 0};
			pthread_create(&threads[i], NULL, write_frames, &writers[i]);
		}
		while (next[0] + next[1] < 2 * RACE_FRAMES) {
			uint32_t writer;
			uint64_t at;

			if (!driver_used(&driver, &id, &length))
				continue;
			assert_int_equal(length, HEADER + sizeof(bytes));
			at = where[id];
			memcpy(bytes, driver_at(&driver, at) + HEADER, sizeof(bytes));
			writer = bytes[0] >> 24;
			assert_int_equal(bytes[0] & 0xffffff, next[writer]++);
			for (uint32_t j = 1; j < RTE_DIM(bytes); j++)
				assert_int_equal(bytes[j], bytes[0]);
			driver.next_id = id;
			where[driver_add(
				&driver, &(struct driver_buffer){at, 200}, 1, true, false)] = at;
		}
		for (uint32_t i = 0; i < 2; i++)
			pthread_join(threads[i], NULL);
		driver_free(&driver);
	}
}

static void
a_claimed_ring_is_not_waited_for(void **state)
{
	uint8_t bytes[60] = {0};
	struct driver driver;

	(void)state;
	driver_init(&driver, 0, DRIVER_RING);
	driver_add(&driver, &(struct driver_buffer){DATA, 100}, 1, true, false);
	__atomic_store_n(&driver.ring.claimed, true, __ATOMIC_RELAXED);
	assert_int_equal(put_one(&driver.ring, bytes, sizeof(bytes)).busy, 1);
	__atomic_store_n(&driver.ring.claimed, false, __ATOMIC_RELAXED);
	assert_int_equal(put_one(&driver.ring, bytes, sizeof(bytes)).sent, 1);
	driver_free(&driver);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_cores_fill_one_ring),
		cmocka_unit_test(a_claimed_ring_is_not_waited_for),
	};

	return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
