#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_ether.h>

#include "retag.h"

#define ADDRESSES (2 * RTE_ETHER_ADDR_LEN)

/* Offsets in a frame with a tag more, or one less. */
static void
shift(struct frame *frame, int by)
{
	struct frame_offload *offload = &frame->offload;

	frame->length += by;
	if (offload->flags & FRAME_PARTIAL)
		offload->checksum_start += by;
	if (offload->flags & FRAME_TSO)
		offload->header_length += by;
}

static void
push(struct frame *to, const struct frame *from, uint16_t vlan, uint8_t moved[TAG_BYTES])
{
	const uint16_t tag[] = {RTE_BE16(RTE_ETHER_TYPE_VLAN), rte_cpu_to_be_16(vlan)};
	uint16_t whole = from->head_length + TAG_BYTES;
	uint8_t head[FRAME_HEAD + TAG_BYTES];

	memcpy(head, from->head, ADDRESSES);
	memcpy(head + ADDRESSES, tag, TAG_BYTES);
	memcpy(head + ADDRESSES + TAG_BYTES, from->head + ADDRESSES, FRAME_HEAD - ADDRESSES);
	memcpy(to->head, head, FRAME_HEAD);
	to->head_length = RTE_MIN(whole, FRAME_HEAD);
	if (whole > FRAME_HEAD) {
		memcpy(moved, head + FRAME_HEAD, whole - FRAME_HEAD);
		to->segments[to->n_segments++] =
			(struct ring_segment){.from = moved, .length = whole - FRAME_HEAD};
	}
	shift(to, TAG_BYTES);
}

static void
pop(struct frame *to, const struct frame *from)
{
	memcpy(to->head, from->head, ADDRESSES);
	memcpy(to->head + ADDRESSES, from->head + ADDRESSES + TAG_BYTES,
		FRAME_HEAD - ADDRESSES - TAG_BYTES);
	to->head_length = from->head_length - TAG_BYTES;
	shift(to, -TAG_BYTES);
}

/* What is behind the head; a head that was full and is not any more is filled up. */
static void
append_rest(struct frame *to, const struct frame *from)
{
	uint16_t first = to->n_segments;

	memcpy(to->segments + first, from->segments, from->n_segments * sizeof(*from->segments));
	to->n_segments += from->n_segments;
	for (uint16_t i = first; i < to->n_segments && to->head_length < FRAME_HEAD; i++) {
		struct ring_segment *segment = &to->segments[i];
		uint32_t run = RTE_MIN(segment->length, (uint32_t)FRAME_HEAD - to->head_length);

		memcpy(to->head + to->head_length, segment->at, run);
		to->head_length += run;
		segment->at += run;
		segment->length -= run;
	}
}

static void
renumber(struct frame *to, const struct frame *from, uint16_t vlan)
{
	memcpy(to->head, from->head, FRAME_HEAD);
	to->head_length = from->head_length;
	/* Priority and drop eligibility are in the upper bits. */
	to->head[ADDRESSES + 2] = (from->head[ADDRESSES + 2] & 0xf0) | vlan >> 8;
	to->head[ADDRESSES + 3] = (uint8_t)vlan;
}

const struct frame *
retag(struct retagged *to, const struct frame *frame, enum retag how, uint16_t vlan)
{
	struct frame *made = &to->frame[to->n];

	if (to->n == RETAGGED || to->n_segments + frame->n_segments + 1u > RTE_DIM(to->segment))
		return NULL;
	made->length = frame->length;
	made->offload = frame->offload;
	made->segments = &to->segment[to->n_segments];
	made->n_segments = 0;
	switch (how) {
	case RETAG_PUSH:
		push(made, frame, vlan, to->moved[to->n]);
		break;
	case RETAG_POP:
		pop(made, frame);
		break;
	default:
		renumber(made, frame, vlan);
		break;
	}
	append_rest(made, frame);
	to->n_segments += made->n_segments;
	to->n++;
	return made;
}
