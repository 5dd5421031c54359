/*
 * Test fixture: rings of every kind, and frames for them (ring_fixture.h).
 */
#include <string.h>

#include "ring_fixture.h"

const struct kind kinds[KINDS] = {
	{"split", 0, false},
	{"split, indirect", 0, true},
	{"packed", RING_PACKED, false},
	{"packed, indirect", RING_PACKED, true},
};

struct virtio_net_hdr_mrg_rxbuf sent_header;

void
fill(uint8_t *bytes, uint32_t n, uint32_t seed)
{
	for (uint32_t i = 0; i < n; i++)
		bytes[i] = seed * 31 + i * 7 + (i >> 8);
}

uint32_t
frame_bytes(const struct frame *frame, uint8_t *to)
{
	memcpy(to, frame->head, frame->head_length);
	to += frame->head_length;
	for (uint16_t i = 0; i < frame->n_segments; i++) {
		memcpy(to, frame->segments[i].at, frame->segments[i].length);
		to += frame->segments[i].length;
	}
	return frame->length;
}

uint16_t
send_frame(struct driver *driver, bool indirect, uint64_t at, const uint8_t *bytes, uint32_t length,
	uint32_t piece)
{
	struct driver_buffer buffers[64];
	uint32_t left = HEADER + length;
	uint16_t n = 0;

	driver_write(driver, at, &sent_header, HEADER);
	driver_write(driver, at + HEADER, bytes, length);
	for (; left > 0; n++) {
		uint32_t run = RTE_MIN(left, piece);

		buffers[n] = (struct driver_buffer){at, run};
		at += run;
		left -= run;
	}
	return driver_add(driver, buffers, n, false, indirect);
}

struct frame
make_frame(const uint8_t *bytes, uint32_t length, struct ring_segment *segment)
{
	struct frame frame = {
		.length = length, .head_length = RTE_MIN(length, (uint32_t)FRAME_HEAD)};

	memcpy(frame.head, bytes, frame.head_length);
	if (length > FRAME_HEAD) {
		*segment = (struct ring_segment){
			.from = bytes + FRAME_HEAD, .length = length - FRAME_HEAD};
		frame.segments = segment;
		frame.n_segments = 1;
	}
	return frame;
}

struct ring_put_result
put_one(struct ring *ring, const uint8_t *bytes, uint32_t length)
{
	struct ring_segment segment;
	struct frame frame = make_frame(bytes, length, &segment);
	const struct frame *frames[] = {&frame};

	return ring_put(ring, frames, 1);
}
