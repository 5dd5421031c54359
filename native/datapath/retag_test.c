/*
 * Tests of frames that get another tag: byte for byte, however they lie in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "retag.h"

#include "../ring/gso.h"

static struct retagged *made;

static int
set_up(void **state)
{
	(void)state;
	made = calloc(1, sizeof(*made));
	return made ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	free(made);
	return 0;
}

/* The frame in `bytes`, its head first, then in segments of `piece` bytes. */
static void
lay(struct frame *frame, struct ring_segment *segments, uint8_t *bytes, uint32_t length,
	uint32_t piece)
{
	uint32_t at = RTE_MIN(length, (uint32_t)FRAME_HEAD);

	*frame = (struct frame){.length = length, .head_length = at, .segments = segments};
	memcpy(frame->head, bytes, at);
	for (; at < length; at += piece)
		segments[frame->n_segments++] = (struct ring_segment){
			.at = bytes + at, .length = RTE_MIN(piece, length - at)};
}

static void
check(const struct frame *frame, const uint8_t *want, uint32_t length)
{
	uint8_t got[2048];

	assert_non_null(frame);
	assert_int_equal(frame->length, length);
	/* Decisions and offloads read the head: as much as there is. */
	assert_int_equal(frame->head_length, RTE_MIN(length, (uint32_t)FRAME_HEAD));
	frame_read(frame, 0, got, length);
	assert_memory_equal(got, want, length);
}

static void
bytes_are_as_they_should_be(void **state)
{
	static const uint32_t lengths[] = {18, 60, 61, 63, 64, 65, 67, 68, 69, 72, 100, 1500};
	static const uint8_t tag[] = {0x81, 0, 0, 77};
	struct ring_segment segments[2048];
	uint8_t bytes[1600], want[1600];
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(lengths); i++)
		for (uint32_t piece = 1; piece < 600; piece = piece * 3 + 1) {
			uint32_t n = lengths[i];

			for (uint32_t b = 0; b < n; b++)
				bytes[b] = (uint8_t)(b * 7 + 1);
			lay(&frame, segments, bytes, n, piece);
			if (frame.n_segments > BURST_SEGMENTS)
				continue;
			memcpy(want, bytes, 12);
			memcpy(want + 12, tag, 4);
			memcpy(want + 16, bytes + 12, n - 12);
			check(retag(made, &frame, RETAG_PUSH, 77), want, n + 4);
			retag_clear(made);
			memcpy(want + 12, bytes + 16, n - 16);
			check(retag(made, &frame, RETAG_POP, 0), want, n - 4);
			retag_clear(made);
			/* Its priority stays. */
			memcpy(want, bytes, n);
			want[14] = (bytes[14] & 0xf0) | 0x0a;
			want[15] = 0xbc;
			check(retag(made, &frame, RETAG_RENUMBER, 0xabc), want, n);
			retag_clear(made);
		}
}

static void
offsets_move_along(void **state)
{
	uint8_t bytes[200] = {0};
	struct ring_segment segments[4];
	const struct frame *other;
	struct frame frame;

	(void)state;
	lay(&frame, segments, bytes, sizeof(bytes), 200);
	frame.offload = (struct frame_offload){.flags = FRAME_PARTIAL | FRAME_TSO4,
		.checksum_start = 38,
		.checksum_offset = 16,
		.segment_size = 100,
		.header_length = 58};
	other = retag(made, &frame, RETAG_PUSH, 5);
	assert_int_equal(other->offload.checksum_start, 42);
	assert_int_equal(other->offload.checksum_offset, 16);
	assert_int_equal(other->offload.header_length, 62);
	assert_int_equal(other->offload.segment_size, 100);
	other = retag(made, &frame, RETAG_POP, 0);
	assert_int_equal(other->offload.checksum_start, 34);
	assert_int_equal(other->offload.header_length, 54);
	other = retag(made, &frame, RETAG_RENUMBER, 5);
	assert_int_equal(other->offload.checksum_start, 38);
	/* A frame that leaves nothing to do has no offsets. */
	frame.offload = (struct frame_offload){.flags = FRAME_VALID};
	other = retag(made, &frame, RETAG_POP, 0);
	assert_int_equal(other->offload.checksum_start, 0);
	assert_int_equal(other->offload.flags, FRAME_VALID);
}

static void
places_come_to_an_end(void **state)
{
	uint8_t bytes[FRAME_HEAD + BURST_SEGMENTS];
	struct ring_segment segments[BURST_SEGMENTS];
	struct frame frame;
	int n = 0;

	(void)state;
	memset(bytes, 3, sizeof(bytes));
	lay(&frame, segments, bytes, 60, 1);
	while (retag(made, &frame, RETAG_PUSH, 5))
		n++;
	assert_int_equal(n, RETAGGED);
	retag_clear(made);
	/* The longest that there is finds a place when nothing else is there. */
	lay(&frame, segments, bytes, sizeof(bytes), 1);
	for (n = 0; retag(made, &frame, RETAG_PUSH, 5); n++)
		assert_true(made->n_segments <= RTE_DIM(made->segment));
	assert_true(n >= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bytes_are_as_they_should_be, set_up, tear_down),
		cmocka_unit_test_setup_teardown(offsets_move_along, set_up, tear_down),
		cmocka_unit_test_setup_teardown(places_come_to_an_end, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("retag", tests, NULL, NULL);
}
