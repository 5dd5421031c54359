/*
 * Tests of the copies from which guards read, over frames in any number of pieces.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "guarded.h"

static struct guard_copies copies;
static uint8_t memory[4096]; /* the guest's */
static struct ring_segment segments[BURST_SEGMENTS];
static struct frame frame;

/* A frame whose first bytes are its head, the rest in pieces of `piece` bytes with empty ones. */
static void
lay_out(uint32_t length, uint32_t piece, bool gaps)
{
	uint32_t at;

	for (size_t i = 0; i < sizeof(memory); i++)
		memory[i] = (uint8_t)(i * 7 + i / 256);
	memset(&frame, 0, sizeof(frame));
	frame.length = length;
	frame.head_length = (uint16_t)(length < FRAME_HEAD ? length : FRAME_HEAD);
	memcpy(frame.head, memory, frame.head_length);
	frame.segments = segments;
	for (at = frame.head_length; at < length; at += piece) {
		uint32_t run = length - at < piece ? length - at : piece;

		if (gaps)
			segments[frame.n_segments++] =
				(struct ring_segment){.from = memory + at, .length = 0};
		segments[frame.n_segments++] =
			(struct ring_segment){.from = memory + at, .length = run};
	}
}

/* What a receiver gets is the frame as it was, even if the guest changes it after the look. */
static void
keeps_what_was_read(void **state)
{
	static const uint32_t lengths[] = {65, 66, 191, 192, 193, 1000},
			      pieces[] = {13, 64, 127, 4096};

	(void)state;
	for (size_t l = 0; l < 6; l++)
		for (size_t p = 0; p < 4; p++)
			for (int gaps = 0; gaps < 2; gaps++) {
				uint32_t length = lengths[l], read = length < 192 ? length : 192;
				uint8_t before[1000], after[1000];
				struct packet packet;

				if (length / pieces[p] > 14)
					continue;
				guard_copies_clear(&copies);
				lay_out(length, pieces[p], gaps);
				memcpy(before, memory, length);
				packet = guard_copy(&copies, &frame);
				assert_non_null(packet.at);
				assert_int_equal(copies.n, 1);
				assert_int_equal(packet.readable, read);
				assert_int_equal(packet.length, length);
				assert_memory_equal(packet.at, before, read);
				assert_int_equal(frame.length, length);
				/* Behind what was read it is the guest's as before. */
				memset(memory, 0xee, read);
				assert_int_equal(frame_peek(&frame, after, sizeof(after)), length);
				assert_memory_equal(after, before, length);
			}
}

/* Each has its own; one that has too many pieces has none, and stays as it was. */
static void
has_limits(void **state)
{
	(void)state;
	guard_copies_clear(&copies);
	for (int i = 0; i < COPIES; i++) {
		lay_out(300, 100, true);
		memory[100] = (uint8_t)i;
		assert_ptr_equal(guard_copy(&copies, &frame).at, copies.copy[i].bytes);
	}
	for (int i = 0; i < COPIES; i++)
		assert_int_equal(copies.copy[i].bytes[100], i);
	/* The first piece is the copy: 19 more are left. */
	guard_copies_clear(&copies);
	lay_out(192 + 19 * 10, 10, false);
	frame.n_segments = 0;
	segments[frame.n_segments++] = (struct ring_segment){.from = memory + 64, .length = 128};
	for (int i = 0; i < COPY_SEGMENTS - 1; i++)
		segments[frame.n_segments++] =
			(struct ring_segment){.from = memory + 192 + i * 10, .length = 10};
	assert_non_null(guard_copy(&copies, &frame).at);
	assert_int_equal(frame.n_segments, COPY_SEGMENTS);
	frame.segments = segments;
	segments[frame.n_segments++] = (struct ring_segment){.from = memory + 382, .length = 10};
	frame.length += 10;
	assert_null(guard_copy(&copies, &frame).at);
	assert_int_equal(copies.n, 1);
	assert_ptr_equal(frame.segments, segments);
	assert_int_equal(frame.n_segments, COPY_SEGMENTS + 1);
}

static void
peeks_within(void **state)
{
	uint8_t bytes[200];

	(void)state;
	for (uint32_t size = 0; size <= sizeof(bytes); size += 20) {
		lay_out(150, 33, true);
		memset(bytes, 0xaa, sizeof(bytes));
		assert_int_equal(frame_peek(&frame, bytes, size), size < 150 ? size : 150);
		assert_memory_equal(bytes, memory, size < 150 ? size : 150);
		if (size < sizeof(bytes))
			assert_int_equal(bytes[size < 150 ? size : 150], 0xaa);
	}
	lay_out(20, 10, false);
	assert_int_equal(frame_peek(&frame, bytes, sizeof(bytes)), 20);
}

/* Where completing a checksum may write. */
static void
unsettled(void **state)
{
	(void)state;
	lay_out(100, 50, false);
	frame.offload = (struct frame_offload){.checksum_start = 34, .checksum_offset = 16};
	assert_int_equal(frame_unsettled_at(&frame), UINT32_MAX);
	frame.offload.flags = FRAME_VALID;
	assert_int_equal(frame_unsettled_at(&frame), UINT32_MAX);
	frame.offload.flags = FRAME_PARTIAL;
	assert_int_equal(frame_unsettled_at(&frame), 50);
	frame.offload.flags = FRAME_PARTIAL | FRAME_TSO6;
	assert_int_equal(frame_unsettled_at(&frame), 34);
	frame.offload = (struct frame_offload){.flags = FRAME_PARTIAL,
		.checksum_start = UINT16_MAX,
		.checksum_offset = UINT16_MAX};
	assert_int_equal(frame_unsettled_at(&frame), 2 * UINT16_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_was_read),
		cmocka_unit_test(has_limits),
		cmocka_unit_test(peeks_within),
		cmocka_unit_test(unsettled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
