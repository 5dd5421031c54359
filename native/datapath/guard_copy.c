/* A private copy of a frame's headers, which its receiver gets (guarded.h). */
#include <rte_common.h>

#include "guarded.h"

uint32_t
frame_peek(const struct frame *frame, uint8_t *to, uint32_t size)
{
	uint32_t n = RTE_MIN(size, (uint32_t)frame->head_length);

	memcpy(to, frame->head, n);
	for (uint16_t i = 0; i < frame->n_segments && n < size; i++) {
		const struct ring_segment *segment = &frame->segments[i];
		uint32_t run = RTE_MIN(segment->length, size - n);

		memcpy(to + n, segment->from, run);
		n += run;
	}
	return n;
}

/* The segments behind the first `skip` bytes, into a copy's, behind the first one. */
static bool
take_rest(struct ring_segment *to, const struct frame *frame, uint32_t skip, uint16_t *n)
{
	*n = 1;
	for (uint16_t i = 0; i < frame->n_segments; i++) {
		struct ring_segment segment = frame->segments[i];
		uint32_t run = RTE_MIN(segment.length, skip);

		skip -= run;
		segment.from += run;
		segment.length -= run;
		if (!segment.length)
			continue;
		if (*n == COPY_SEGMENTS)
			return false;
		to[(*n)++] = segment;
	}
	return true;
}

struct packet
guard_copy(struct guard_copies *copies, struct frame *frame)
{
	uint8_t *bytes = copies->copy[copies->n].bytes;
	struct ring_segment *segment = copies->copy[copies->n].segment;
	uint32_t n = frame_peek(frame, bytes, GUARD_BYTES);
	uint16_t n_segments;

	if (!take_rest(segment, frame, n - frame->head_length, &n_segments))
		return (struct packet){.at = NULL};
	segment[0] = (struct ring_segment){
		.from = bytes + frame->head_length, .length = n - frame->head_length};
	frame->segments = segment;
	frame->n_segments = n_segments;
	copies->n++;
	return (struct packet){.at = bytes, .readable = n, .length = frame->length};
}
