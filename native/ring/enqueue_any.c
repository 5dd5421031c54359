#include <string.h>

#include "copy.h"
#include "enqueue_any.h"
#include "format.h"
#include "vnet_header.h"

/* Limit on the buffers of a merged frame; 65,535 bytes in 1 KiB buffers. */
#define MERGE_MAX 64

/* The guest's room for one frame: one buffer, or several that merge. */
struct room {
	struct ring_segment *segments;
	uint16_t n_segments, n_buffers;
	uint16_t first_buffer;
};

struct buffer {
	uint16_t id, count;
	uint32_t length; /* bytes it holds */
};

/* State of one ring_put(). */
struct placing {
	uint16_t n_segments, n_buffers;
	uint32_t walked; /* descriptors */
	struct room room[BURST];
	struct buffer buffer[BURST + MERGE_MAX];
	struct ring_segment segment[BURST_SEGMENTS];
};

enum find_result {
	FOUND,
	FULL,
	SMALL,
	LATER, /* the pools are used up: fill the found room first */
};

static __rte_always_inline void
unread(struct ring *ring, const struct placing *placing, const struct room *room, const bool packed)
{
	for (uint16_t i = 0; i < room->n_buffers; i++)
		packed ? packed_unread(ring, placing->buffer[room->first_buffer + i].count)
		       : split_unread(ring, 1);
}

/* Finds room for a frame of `need` bytes, header included. */
static __rte_always_inline enum find_result
find(struct ring *ring, struct placing *placing, struct room *room, uint32_t need,
	uint16_t *available, const bool packed)
{
	uint32_t found = 0;

	room->segments = &placing->segment[placing->n_segments];
	room->first_buffer = placing->n_buffers;
	room->n_segments = room->n_buffers = 0;
	do {
		struct chain chain = {
			.segments = room->segments + room->n_segments,
			.max = BURST_SEGMENTS - placing->n_segments - room->n_segments,
		};
		struct buffer *buffer = &placing->buffer[room->first_buffer + room->n_buffers];
		enum chain_result result;

		if (!packed && *available <= room->n_buffers) {
			unread(ring, placing, room, packed);
			return FULL;
		}
		if (room->first_buffer + room->n_buffers == RTE_DIM(placing->buffer)) {
			unread(ring, placing, room, packed);
			return placing->n_buffers ? LATER : SMALL;
		}
		result = next(ring, &chain, true, packed);
		placing->walked += chain.walked;
		/* virtio 1.2, 5.1.6.3.1: a buffer has room for the header at least. */
		if (unlikely(result == CHAIN_OK && chain.length < ring->header_length))
			result = CHAIN_BAD;
		if (unlikely(result != CHAIN_OK)) {
			*buffer = (struct buffer){.count = chain.count};
			if (result == CHAIN_BAD || result == CHAIN_LONG)
				room->n_buffers++;
			unread(ring, placing, room, packed);
			if (result == CHAIN_NONE)
				return FULL;
			if (result == CHAIN_LONG && placing->n_buffers)
				return LATER;
			/* An unusable buffer in a receive ring stops the ring for good. */
			ring_count_bad(ring);
			ring_break(ring);
			return FULL;
		}
		*buffer =
			(struct buffer){chain.id, chain.count, RTE_MIN(chain.length, need - found)};
		room->n_buffers++;
		room->n_segments += chain.n;
		found += chain.length;
		if (found < need && !(ring->features & RING_MERGEABLE)) {
			unread(ring, placing, room, packed);
			return SMALL;
		}
	} while (found < need);
	placing->n_segments += room->n_segments;
	placing->n_buffers += room->n_buffers;
	*available -= room->n_buffers;
	prefetch_write(room->segments->at); /* NOLINT: need is at least the header */
	return FOUND;
}

static void
log_segments(struct ring *ring, const struct ring_segment *segments, uint16_t n, uint32_t length)
{
	for (uint16_t i = 0; i < n && length > 0; i++) {
		uint32_t run = RTE_MIN(segments[i].length, length);

		for (uint32_t r = 0; r < ring->memory->n; r++) {
			const struct memory_region *region = &ring->memory->region[r];
			uint64_t offset = segments[i].at - region->host;

			if (offset < region->size)
				ring->log.guest(ring->log.context, region->guest + offset, run);
		}
		length -= run;
	}
}

/* Writes into successive segments. They have room. */
struct scatter {
	struct ring_segment *segment;
	uint32_t at;
};

static __rte_always_inline void
scatter(struct scatter *to, const uint8_t *from, uint32_t length)
{
	while (length > 0) {
		uint32_t run = RTE_MIN(to->segment->length - to->at, length);

		copy(to->segment->at + to->at, from, run);
		from += run;
		length -= run;
		to->at += run;
		if (to->at == to->segment->length) {
			to->segment++;
			to->at = 0;
		}
	}
}

static __rte_always_inline void
place(struct ring *ring, const struct frame *frame, const struct room *room)
{
	const bool offloads = ring->features & RING_CSUM;
	struct scatter to = {.segment = room->segments};

	if (likely(room->segments->length >= ring->header_length + frame->head_length)) {
		uint8_t *at = room->segments->at;

		vnet_header_put(at, ring->header_length, room->n_buffers, frame, offloads);
		copy(at + ring->header_length, frame->head, frame->head_length);
		to.at = ring->header_length + frame->head_length;
		if (to.at == to.segment->length) {
			to.segment++;
			to.at = 0;
		}
	} else {
		uint8_t header[12];

		vnet_header_put(header, sizeof(header), room->n_buffers, frame, offloads);
		scatter(&to, header, ring->header_length);
		scatter(&to, frame->head, frame->head_length);
	}
	for (uint16_t i = 0; i < frame->n_segments; i++)
		scatter(&to, frame->segments[i].at, frame->segments[i].length);
	if (unlikely(ring->features & RING_LOG))
		log_segments(ring, room->segments, room->n_segments,
			ring->header_length + frame->length);
}

/* Copies and pushes the frames with room. */
static __rte_always_inline void
place_all(struct ring *ring, struct placing *placing, const struct frame *const *frames, uint16_t n,
	const bool packed)
{
	for (uint16_t i = 0; i < n; i++) {
		const struct room *room = &placing->room[i];

		place(ring, frames[i], room);
		for (uint16_t b = 0; b < room->n_buffers; b++) {
			const struct buffer *buffer = &placing->buffer[room->first_buffer + b];

			push(ring, buffer->id, buffer->count, buffer->length, true, packed);
		}
	}
}

static __rte_always_inline void
put_any(struct ring *ring, const struct frame *const *frames, uint16_t n, uint16_t available,
	struct ring_put_result *result, const bool packed)
{
	const struct frame *found[BURST];
	const uint16_t first = result->sent; /* so many are placed already */
	uint16_t n_found = 0, i = 0;
	struct placing placing;

	placing.n_segments = placing.n_buffers = 0;
	placing.walked = 0;
	while (i < n) {
		const struct frame *frame = frames[i];

		switch (find(ring, &placing, &placing.room[n_found],
			ring->header_length + frame->length, &available, packed)) {
		case FOUND:
			found[n_found++] = frame;
			result->sent++;
			result->sent_bytes += frame->length;
			i++;
			continue;
		case SMALL:
			result->small++;
			result->small_at |= 1u << (first + i);
			i++;
			continue;
		case LATER:
			place_all(ring, &placing, found, n_found, packed);
			n_found = placing.n_segments = placing.n_buffers = 0;
			continue;
		case FULL:
			result->full = n - i;
			break;
		}
		break;
	}
	place_all(ring, &placing, found, n_found, packed);
	result->walked = placing.walked;
}

void
ring_put_any(struct ring *ring, const struct frame *const *frames, uint16_t n, uint16_t available,
	struct ring_put_result *result)
{
	if (ring->features & RING_PACKED)
		put_any(ring, frames, n, available, result, true);
	else
		put_any(ring, frames, n, available, result, false);
}
