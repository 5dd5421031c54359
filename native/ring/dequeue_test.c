/*
 * Tests of frames out of a transmit ring: whole wherever their pieces lie, round after round, and
 * continued where another switch stopped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ring_fixture.h"

static void
frames_arrive_whole(void **state)
{
	static const uint32_t lengths[] = {14, 60, 63, 64, 65, 128, 300, 1514, 9000};
	static const uint32_t pieces[] = {100000, 12, 13, 70, 500};
	static struct burst burst;
	uint8_t sent[9000], got[9000];

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++)
		for (uint32_t l = 0; l < RTE_DIM(lengths); l++)
			for (uint32_t p = 0; p < RTE_DIM(pieces); p++) {
				/* Once in one region, once across the seam at several places. */
				for (uint64_t at = SEAM - 2000; at <= SEAM; at += 250) {
					struct driver driver;
					uint16_t id, used;
					uint32_t length;

					if (lengths[l] / pieces[p] > 60)
						continue;
					driver_init(&driver, kind->features, DRIVER_RING);
					fill(sent, lengths[l], l + p);
					id = send_frame(&driver, kind->indirect, at, sent,
						lengths[l], pieces[p]);
					assert_int_equal(ring_peek(&driver.ring, &burst), 1);
					assert_int_equal(
						frame_bytes(&burst.frame[0], got), lengths[l]);
					assert_memory_equal(sent, got, lengths[l]);
					assert_false(driver_used(&driver, &used, &length));
					ring_release(&driver.ring, &burst);
					assert_true(driver_used(&driver, &used, &length));
					assert_int_equal(used, id);
					assert_int_equal(ring_peek(&driver.ring, &burst), 0);
					driver_free(&driver);
				}
			}
}

static void
rings_turn_over(void **state)
{
	static struct burst burst;
	uint8_t sent[100], got[100];

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct driver driver;
		uint32_t in = 0, out = 0;
		/* 48 is no power of two: packed rings may have any size. */
		uint16_t size = kind->features & RING_PACKED ? 48 : 64;

		driver_init(&driver, kind->features, size);
		while (out < 70000) {
			uint16_t used, n;
			uint32_t length;

			while (in - out < 10) {
				fill(sent, sizeof(sent), in);
				send_frame(&driver, kind->indirect, DATA + in % 16 * 256, sent,
					sizeof(sent), in % 3 ? 1000 : 40);
				in++;
			}
			n = ring_peek(&driver.ring, &burst);
			assert_int_equal(n, 10);
			for (uint16_t i = 0; i < n; i++) {
				fill(sent, sizeof(sent), out++);
				frame_bytes(&burst.frame[i], got);
				assert_memory_equal(sent, got, sizeof(sent));
			}
			ring_release(&driver.ring, &burst);
			while (driver_used(&driver, &used, &length))
				n--;
			assert_int_equal(n, 0);
		}
		driver_free(&driver);
	}
}

static void
a_chain_shorter_than_its_header(void **state)
{
	static struct burst burst;

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct driver driver;

		driver_init(&driver, kind->features, DRIVER_RING);
		driver_add(&driver, &(struct driver_buffer){DATA, 11}, 1, false, kind->indirect);
		driver_add(&driver, &(struct driver_buffer){DATA, 12}, 1, false, kind->indirect);
		assert_int_equal(ring_peek(&driver.ring, &burst), 2);
		assert_int_equal(burst.frame[0].length, 0);
		assert_int_equal(burst.frame[1].length, 0);
		ring_release(&driver.ring, &burst);
		driver_free(&driver);
	}
}

static void
base_survives_a_restart(void **state)
{
	static struct burst burst;
	uint8_t bytes[60];

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct driver driver;
		uint16_t avail, used;

		driver_init(&driver, kind->features, 16);
		for (uint32_t i = 0; i < 50; i++) {
			fill(bytes, sizeof(bytes), i);
			send_frame(&driver, kind->indirect, DATA, bytes, sizeof(bytes), 1000);
			assert_int_equal(ring_peek(&driver.ring, &burst), 1);
			ring_release(&driver.ring, &burst);
			ring_get_base(&driver.ring, &avail, &used);
			assert_int_equal(avail, used);
			/* Like another switch that takes over. */
			ring_set_base(&driver.ring, 0, 0);
			ring_set_base(&driver.ring, avail, used);
		}
		driver_free(&driver);
	}
}

/* Frames that are left come again, over the ring's end, too, and their buffers go back once. */
static void
what_is_not_kept_comes_again(void **state)
{
	static struct burst burst;
	uint8_t bytes[200];

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		uint32_t length, sent = 0, got = 0;
		struct driver driver;
		uint16_t id;

		driver_init(&driver, kind->features, 16);
		while (got < 100) {
			for (; sent < got + 5; sent++) {
				fill(bytes, sizeof(bytes), sent);
				/* Every other one in three pieces. */
				send_frame(&driver, kind->indirect, DATA + sent % 5 * 4096, bytes,
					sizeof(bytes), sent % 2 ? 80 : 1000);
			}
			assert_int_equal(ring_peek(&driver.ring, &burst), 5);
			ring_keep(&driver.ring, &burst, got % 3);
			assert_int_equal(burst.n, got % 3);
			if (burst.n == 0) {
				assert_int_equal(ring_peek(&driver.ring, &burst), 5);
				ring_keep(&driver.ring, &burst, 2);
			}
			for (uint16_t i = 0; i < burst.n; i++) {
				fill(bytes, sizeof(bytes), got + i);
				assert_memory_equal(burst.frame[i].head, bytes, FRAME_HEAD);
			}
			ring_release(&driver.ring, &burst);
			for (uint16_t i = 0; i < burst.n; i++)
				assert_true(driver_used(&driver, &id, &length));
			assert_false(driver_used(&driver, &id, &length));
			got += burst.n;
		}
		driver_free(&driver);
	}
}

/* A word of the guest's memory says so, on every lap of the ring. */
static void
a_silent_ring_says_when_it_has_something(void **state)
{
	static struct burst burst;
	uint8_t sent[64];

	(void)state;
	fill(sent, sizeof(sent), 1);
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct ring_look look;
		struct driver driver;
		uint32_t length;
		uint16_t id;

		ring_look_closely(&look);
		assert_false(ring_is_silent(&look));
		driver_init(&driver, kind->features, 8);
		for (int i = 0; i < 40; i++) {
			assert_false(ring_ready(&driver.ring));
			ring_look_away(&driver.ring, &look);
			assert_true(ring_is_silent(&look));
			send_frame(&driver, kind->indirect, DATA, sent, sizeof(sent), 1000);
			assert_false(ring_is_silent(&look));
			assert_true(ring_ready(&driver.ring));
			assert_int_equal(ring_peek(&driver.ring, &burst), 1);
			ring_release(&driver.ring, &burst);
			assert_true(driver_used(&driver, &id, &length));
		}
		driver_free(&driver);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_arrive_whole),
		cmocka_unit_test(rings_turn_over),
		cmocka_unit_test(a_chain_shorter_than_its_header),
		cmocka_unit_test(base_survives_a_restart),
		cmocka_unit_test(what_is_not_kept_comes_again),
		cmocka_unit_test(a_silent_ring_says_when_it_has_something),
	};

	return cmocka_run_group_tests_name("dequeue", tests, NULL, NULL);
}
