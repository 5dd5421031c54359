/*
 * Tests of frames into a receive ring: whole in buffers of any size, buffers that merge, and the
 * log of written pages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "ring_fixture.h"

static void
frames_are_delivered_whole(void **state)
{
	static const uint32_t lengths[] = {14, 60, 64, 65, 300, 1514};
	static const uint32_t pieces[] = {2000, 12, 13, 70, 500};
	uint8_t sent[1514], got[1514], header[HEADER], expected[HEADER] = {[10] = 1};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++)
		for (uint32_t l = 0; l < RTE_DIM(lengths); l++)
			for (uint32_t p = 0; p < RTE_DIM(pieces); p++)
				for (uint64_t at = SEAM - 2000; at <= SEAM; at += 250) {
					struct driver_buffer buffers[64];
					struct driver driver;
					uint32_t left = HEADER + lengths[l] + 5, length;
					uint64_t next = at;
					uint16_t n = 0, id, used;

					if (left / pieces[p] > 60)
						continue;
					driver_init(&driver, kind->features, DRIVER_RING);
					for (; left > 0; n++) {
						buffers[n] = (struct driver_buffer){
							next, RTE_MIN(left, pieces[p])};
						next += buffers[n].length;
						left -= buffers[n].length;
					}
					id = driver_add(&driver, buffers, n, true, kind->indirect);
					fill(sent, lengths[l], l);
					assert_int_equal(
						put_one(&driver.ring, sent, lengths[l]).sent, 1);
					assert_true(driver_used(&driver, &used, &length));
					assert_int_equal(used, id);
					assert_int_equal(length, HEADER + lengths[l]);
					driver_read(&driver, at, header, HEADER);
					assert_memory_equal(header, expected, HEADER);
					driver_read(&driver, at + HEADER, got, lengths[l]);
					assert_memory_equal(sent, got, lengths[l]);
					/* No byte behind the frame is written. */
					assert_int_equal(
						*driver_at(&driver, at + HEADER + lengths[l]), 0);
					assert_int_equal(
						put_one(&driver.ring, sent, lengths[l]).full, 1);
					driver_free(&driver);
				}
}

static void
buffers_merge(void **state)
{
	uint8_t sent[9000], got[9000], header[HEADER], expected[HEADER] = {[10] = 7};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct driver driver;
		uint32_t length, at = 0;
		uint16_t used, first;

		driver_init(&driver, kind->features | RING_MERGEABLE, DRIVER_RING);
		for (int i = 0; i < 6; i++) {
			struct driver_buffer buffer = {DATA + i * 2048, 1500};

			driver_add(&driver, &buffer, 1, true, kind->indirect);
		}
		fill(sent, sizeof(sent), 3);
		/* It does not fit into six buffers: none is taken. */
		assert_int_equal(put_one(&driver.ring, sent, sizeof(sent)).full, 1);
		assert_false(driver_used(&driver, &used, &length));
		driver_add(&driver, &(struct driver_buffer){DATA + 6 * 2048, 1500}, 1, true,
			kind->indirect);
		assert_int_equal(put_one(&driver.ring, sent, sizeof(sent)).sent, 1);
		driver_read(&driver, DATA, header, HEADER);
		assert_memory_equal(header, expected, HEADER);
		for (int i = 0; i < 7; i++) {
			assert_true(driver_used(&driver, &used, &length));
			assert_int_equal(length, i < 6 ? 1500 : HEADER + 9000 - 6 * 1500);
			first = i == 0 ? HEADER : 0;
			driver_read(&driver, DATA + i * 2048 + first, got + at, length - first);
			at += length - first;
		}
		assert_int_equal(at, sizeof(sent));
		assert_memory_equal(sent, got, sizeof(sent));
		driver_free(&driver);
	}
}

static void
a_small_buffer_costs_one_frame(void **state)
{
	uint8_t bytes[1514] = {0};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct ring_segment segments[3];
		struct frame frames[3] = {
			make_frame(bytes, 60, &segments[0]),
			make_frame(bytes, 1514, &segments[1]),
			make_frame(bytes, 70, &segments[2]),
		};
		const struct frame *batch[] = {&frames[0], &frames[1], &frames[2]};
		struct ring_put_result result;
		struct driver driver;
		uint32_t length;
		uint16_t used;

		driver_init(&driver, kind->features, DRIVER_RING);
		for (int i = 0; i < 3; i++)
			driver_add(&driver, &(struct driver_buffer){DATA + i * 256, 100}, 1, true,
				kind->indirect);
		result = ring_put(&driver.ring, batch, 3);
		assert_int_equal(result.sent, 2);
		assert_int_equal(result.small, 1);
		assert_int_equal(result.sent_bytes, 130);
		assert_true(driver_used(&driver, &used, &length));
		assert_int_equal(length, 72);
		assert_true(driver_used(&driver, &used, &length));
		assert_int_equal(length, 82);
		driver_free(&driver);
	}
}

struct logged {
	uint64_t guest, guest_bytes, used_bytes;
};

static void
log_guest(void *context, uint64_t guest, uint64_t length)
{
	struct logged *logged = context;

	logged->guest = guest;
	logged->guest_bytes += length;
}

static void
log_used(void *context, uint64_t offset, uint64_t length)
{
	struct logged *logged = context;

	(void)offset;
	logged->used_bytes += length;
}

static void
dirty_pages_are_logged(void **state)
{
	uint8_t bytes[60] = {0};

	(void)state;
	for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
		struct logged logged = {0};
		struct driver driver;

		driver_init(&driver, kind->features | RING_LOG, DRIVER_RING);
		driver.ring.log = (struct ring_log){log_guest, log_used, &logged};
		driver_add(
			&driver, &(struct driver_buffer){SEAM - 20, 100}, 1, true, kind->indirect);
		assert_int_equal(put_one(&driver.ring, bytes, sizeof(bytes)).sent, 1);
		/* 72 bytes across the seam: 20 in the first region, 52 in the second. */
		assert_int_equal(logged.guest_bytes, HEADER + sizeof(bytes));
		assert_int_equal(logged.guest, SEAM);
		assert_true(logged.used_bytes >= 10);
		driver_free(&driver);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_delivered_whole),
		cmocka_unit_test(buffers_merge),
		cmocka_unit_test(a_small_buffer_costs_one_frame),
		cmocka_unit_test(dirty_pages_are_logged),
	};

	return cmocka_run_group_tests_name("enqueue", tests, NULL, NULL);
}
