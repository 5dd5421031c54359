/*
 * Peek, release and put, once for both formats: `packed` is a constant in each instance, so the
 * compiler makes two straight paths.
 */
#include <string.h>

#include <rte_memcpy.h>
#include <rte_pause.h>
#include <rte_prefetch.h>

#include "interrupt.h"
#include "packed.h"
#include "split.h"

/* About 2 µs; a burst of another core takes less unless it was descheduled. */
#define CLAIM_TRIES 64

/* Buffers a mergeable frame may be spread over; 65,535 bytes in 1 KiB buffers. */
#define MERGE_MAX 64

static __rte_always_inline void
copy(uint8_t *to, const uint8_t *from, uint32_t length)
{
	if (length == FRAME_HEAD)
		rte_mov64(to, from);
	else if (length <= 256)
		rte_memcpy(to, from, length);
	else
		memcpy(to, from, length); /* the C library's knows wider registers than our build */
}

static __rte_always_inline enum chain_result
next(struct ring *ring, struct chain *chain, const bool writable, const bool packed)
{
	return packed ? packed_next(ring, chain, writable) : split_next(ring, chain, writable);
}

static __rte_always_inline void
push(struct ring *ring, uint16_t id, uint16_t count, uint32_t length, const bool writable,
	const bool packed)
{
	if (packed)
		packed_push(ring, id, count, length, writable);
	else
		split_push(ring, id, length);
}

void
ring_interrupt(const struct ring *ring)
{
	if (ring->call_fd >= 0)
		interrupt_guest(ring->call_fd);
}

static __rte_always_inline void
commit(struct ring *ring, const bool packed)
{
	if (packed ? packed_commit(ring) : split_commit(ring))
		ring_interrupt(ring);
}

/* Takes `length` bytes off the segments' begin into `to` (NULL: nowhere). There are enough. */
static __rte_always_inline void
take(struct ring_segment **segments, uint16_t *n, uint8_t *to, uint32_t length)
{
	while (length > 0) {
		struct ring_segment *segment = *segments;
		uint32_t run = RTE_MIN(segment->length, length);

		if (to) {
			copy(to, segment->at, run);
			to += run;
		}
		segment->at += run;
		segment->length -= run;
		length -= run;
		if (segment->length == 0) {
			(*segments)++;
			(*n)--;
		}
	}
}

/* Makes a frame of a chain: drops the virtio-net header, copies the head. */
static __rte_always_inline void
make_frame(const struct ring *ring, struct frame *frame, struct chain *chain)
{
	frame->id = chain->id;
	frame->count = chain->count;
	if (unlikely(chain->length < ring->header_length)) {
		frame->length = 0;
		frame->n_segments = 0;
		frame->segments = NULL;
		return;
	}
	/* We offer no offloads, so the header says nothing. */
	take(&chain->segments, &chain->n, NULL, ring->header_length);
	frame->length = chain->length - ring->header_length;
	frame->segments = chain->segments;
	frame->n_segments = chain->n;
	if (chain->n)
		rte_prefetch0(chain->segments->at);
}

static __rte_always_inline void
copy_head(struct frame *frame)
{
	struct ring_segment *segments = (struct ring_segment *)(uintptr_t)frame->segments;
	uint16_t n = frame->n_segments, length = RTE_MIN(frame->length, (uint32_t)FRAME_HEAD);

	if (likely(length == FRAME_HEAD && segments->length >= FRAME_HEAD)) {
		rte_mov64(frame->head, segments->at);
		segments->at += FRAME_HEAD;
		segments->length -= FRAME_HEAD;
		if (segments->length == 0) {
			segments++;
			n--;
		}
	} else {
		take(&segments, &n, frame->head, length);
	}
	frame->head_length = length;
	frame->segments = segments;
	frame->n_segments = n;
}

static __rte_always_inline uint16_t
peek(struct ring *ring, struct burst *burst, const bool packed)
{
	uint16_t available = packed ? BURST : RTE_MIN(split_available(ring), BURST);
	uint16_t used = 0, refused = 0;

	burst->n = 0;
	while (burst->n + refused < available) {
		struct chain chain = {
			.segments = &burst->segment[used], .max = BURST_SEGMENTS - used};
		enum chain_result result = next(ring, &chain, false, packed);

		if (likely(result == CHAIN_OK)) {
			used += chain.n;
			make_frame(ring, &burst->frame[burst->n++], &chain);
			continue;
		}
		if (result == CHAIN_BROKEN)
			ring->broken = true;
		if (result == CHAIN_BROKEN || result == CHAIN_NONE)
			break;
		if (burst->n > 0) {
			/* Order of the used ring: what was read before goes back first. */
			packed ? packed_unread(ring, chain.count) : split_unread(ring, 1);
			break;
		}
		ring->bad_chains++;
		push(ring, chain.id, chain.count, 0, false, packed);
		refused++;
	}
	for (uint16_t i = 0; i < burst->n; i++)
		copy_head(&burst->frame[i]);
	if (unlikely(refused))
		commit(ring, packed);
	burst->n_segments = used;
	return burst->n;
}

uint16_t
ring_peek(struct ring *ring, struct burst *burst)
{
	if (unlikely(ring->broken)) {
		burst->n = 0;
		return 0;
	}
	return ring->features & RING_PACKED ? peek(ring, burst, true) : peek(ring, burst, false);
}

static __rte_always_inline void
release(struct ring *ring, const struct burst *burst, const bool packed)
{
	for (uint16_t i = 0; i < burst->n; i++)
		push(ring, burst->frame[i].id, burst->frame[i].count, 0, false, packed);
	commit(ring, packed);
}

void
ring_release(struct ring *ring, const struct burst *burst)
{
	if (burst->n == 0)
		return;
	if (ring->features & RING_PACKED)
		release(ring, burst, true);
	else
		release(ring, burst, false);
}

/* Room that the guest gave for one frame: one buffer, or several that merge. */
struct room {
	struct ring_segment *segments;
	uint16_t n_segments, n_buffers;
	uint16_t first_buffer;
};

struct buffer {
	uint16_t id, count;
	uint32_t length; /* bytes it takes */
};

/* Everything ring_put() needs while it works. */
struct placing {
	uint16_t n_segments, n_buffers;
	struct room room[BURST];
	struct buffer buffer[BURST + MERGE_MAX];
	struct ring_segment segment[BURST_SEGMENTS];
};

enum find_result {
	FOUND,
	FULL,
	SMALL,
	LATER, /* the pools are used up: place what there is first */
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
		if (unlikely(result != CHAIN_OK)) {
			*buffer = (struct buffer){.count = chain.count};
			if (result == CHAIN_BAD || result == CHAIN_LONG)
				room->n_buffers++;
			unread(ring, placing, room, packed);
			if (result == CHAIN_NONE)
				return FULL;
			if (result == CHAIN_LONG && placing->n_buffers)
				return LATER;
			/* A receive ring with a buffer we cannot use never moves again. */
			ring->bad_chains++;
			ring->broken = true;
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
	rte_prefetch0_write(room->segments->at); /* NOLINT: need is at least the header */
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

/* Writes into segments one after the other. They have room. */
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
	/* struct virtio_net_hdr_mrg_rxbuf without offloads; num_buffers is the last field. */
	uint8_t header[12] = {[10] = room->n_buffers};
	struct scatter to = {.segment = room->segments};

	if (likely(room->segments->length >= ring->header_length + frame->head_length)) {
		uint8_t *at = room->segments->at;

		memcpy(at, header, 8);
		if (likely(ring->header_length == 12))
			memcpy(at + 8, header + 8, 4);
		else
			memcpy(at + 8, header + 8, 2);
		copy(at + ring->header_length, frame->head, frame->head_length);
		to.at = ring->header_length + frame->head_length;
		if (to.at == to.segment->length) {
			to.segment++;
			to.at = 0;
		}
	} else {
		scatter(&to, header, ring->header_length);
		scatter(&to, frame->head, frame->head_length);
	}
	for (uint16_t i = 0; i < frame->n_segments; i++)
		scatter(&to, frame->segments[i].at, frame->segments[i].length);
	if (unlikely(ring->features & RING_LOG))
		log_segments(ring, room->segments, room->n_segments,
			ring->header_length + frame->length);
}

/* Copies and publishes what was found room for. */
static __rte_always_inline void
place_all(struct ring *ring, struct placing *placing, const struct frame *const *frames, uint16_t n,
	const bool packed)
{
	if (n == 0)
		return;
	for (uint16_t i = 0; i < n; i++) {
		const struct room *room = &placing->room[i];

		place(ring, frames[i], room);
		for (uint16_t b = 0; b < room->n_buffers; b++) {
			const struct buffer *buffer = &placing->buffer[room->first_buffer + b];

			push(ring, buffer->id, buffer->count, buffer->length, true, packed);
		}
	}
	commit(ring, packed);
}

static __rte_always_inline struct ring_put_result
put(struct ring *ring, const struct frame *const *frames, uint16_t n, const bool packed)
{
	struct ring_put_result result = {0};
	const struct frame *found[BURST];
	uint16_t n_found = 0, available = packed ? 0 : split_available(ring), i = 0;
	struct placing placing;

	placing.n_segments = placing.n_buffers = 0;
	while (i < n) {
		const struct frame *frame = frames[i];

		switch (find(ring, &placing, &placing.room[n_found],
			ring->header_length + frame->length, &available, packed)) {
		case FOUND:
			found[n_found++] = frame;
			result.sent++;
			result.sent_bytes += frame->length;
			i++;
			continue;
		case SMALL:
			result.small++;
			i++;
			continue;
		case LATER:
			place_all(ring, &placing, found, n_found, packed);
			n_found = placing.n_segments = placing.n_buffers = 0;
			continue;
		case FULL:
			result.full = n - i;
			break;
		}
		break;
	}
	place_all(ring, &placing, found, n_found, packed);
	return result;
}

/* Bounded: see "Ownership" in ring.h. */
static __rte_always_inline bool
claim(struct ring *ring)
{
	for (int i = 0; i < CLAIM_TRIES; i++) {
		if (!atomic_load_explicit(&ring->claimed, memory_order_relaxed) &&
			!atomic_exchange_explicit(&ring->claimed, true, memory_order_acquire))
			return true;
		rte_pause();
	}
	return false;
}

struct ring_put_result
ring_put(struct ring *ring, const struct frame *const *frames, uint16_t n)
{
	struct ring_put_result result;

	if (unlikely(!claim(ring)))
		return (struct ring_put_result){.busy = n};
	if (unlikely(ring->broken))
		result = (struct ring_put_result){.full = n};
	else if (ring->features & RING_PACKED)
		result = put(ring, frames, n, true);
	else
		result = put(ring, frames, n, false);
	atomic_store_explicit(&ring->claimed, false, memory_order_release);
	return result;
}
