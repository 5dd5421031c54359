/*
 * Puts frames into a receive ring: direct buffers here, all others in enqueue_any.c.
 */
#include <string.h>

#include "claim.h"
#include "direct.h"
#include "enqueue_any.h"
#include "vnet_header.h"

/* Lines of a frame's remainder to prefetch; the processor predicts the rest. */
#define REST_LINES 12

void
ring_expect(const struct ring *ring)
{
	if (!(ring->features & RING_PACKED)) {
		rte_prefetch0(&ring->avail->idx);
		prefetch_write(&ring->used->ring[READ_ONCE(ring->used_at) & (ring->size - 1)]);
	}
	fetch_next(ring);
}

/* Prefetches the part of a frame behind its head, and its destination. */
static __rte_always_inline void
fetch_rest(const struct frame *frame, const uint8_t *to)
{
	uint32_t lines;

	if (frame->n_segments == 0)
		return;
	lines = RTE_MIN(frame->segments->length / LINE, (uint32_t)REST_LINES);
	for (uint32_t i = 0; i < lines; i++) {
		rte_prefetch0(frame->segments->at + (size_t)i * LINE);
		prefetch_write(to + (size_t)(i + 1) * LINE);
	}
}

/* Writes a frame with its header into a buffer. It has room. */
static __rte_always_inline void
fill(uint8_t *at, uint8_t header_length, const struct frame *frame, const bool offloads)
{
	vnet_header_put(at, header_length, 1, frame, offloads);
	at += header_length;
	if (likely(frame->head_length == FRAME_HEAD)) {
		rte_mov64(at, frame->head);
		at += FRAME_HEAD;
	} else {
		copy(at, frame->head, frame->head_length);
		at += frame->head_length;
	}
	for (uint16_t s = 0; s < frame->n_segments; s++) {
		copy(at, frame->segments[s].at, frame->segments[s].length);
		at += frame->segments[s].length;
	}
}

/*
 * Frames for direct buffers. First all buffers are looked up, so that their memory
 * arrives together, then they are filled. Returns how many frames were placed; the next one
 * needs ring_put_any().
 */
static __rte_always_inline uint16_t
put_direct(struct ring *ring, const struct frame *const *frames, uint16_t n,
	struct ring_put_result *result, const bool packed, const bool offloads)
{
	const uint8_t header_length = ring->header_length;
	struct direct found[BURST], *to = found;
	const struct direct *end;
	uint64_t bytes = 0;

	end = found + find_direct(ring, found, n, header_length + 1, header_length + FRAME_HEAD,
			      true, packed);
	if (to < end)
		fetch_rest(*frames, to->at + header_length); /* NOLINT: found */
	for (; to < end; to++, frames++) {
		const struct frame *frame = *frames;
		uint32_t length = header_length + frame->length;

		if (unlikely(to->length < length))
			break;
		if (to + 1 < end)
			fetch_rest(frames[1], to[1].at + header_length);
		fill(to->at, header_length, frame, offloads);
		to->length = length;
		bytes += length;
	}
	n = to - found;
	take_direct(ring, found, n, packed);
	push_direct(ring, found, n, true, packed);
	result->sent_bytes = bytes - (uint64_t)n * header_length;
	result->sent = n;
	return n;
}

static __rte_always_inline struct ring_put_result
put(struct ring *ring, const struct frame *const *frames, uint16_t n, struct ring_due *due,
	const bool packed)
{
	struct ring_put_result result = {0};
	uint16_t before = ring->used_at, available = packed ? BURST : split_available(ring);
	uint16_t done = 0;

	/* Only the general path logs dirty pages. */
	if (likely(!(ring->features & (RING_LOG | RING_CSUM))))
		done = put_direct(ring, frames, RTE_MIN(n, available), &result, packed, false);
	else if (!(ring->features & RING_LOG))
		done = put_direct(ring, frames, RTE_MIN(n, available), &result, packed, true);
	if (unlikely(done < n))
		ring_put_any(ring, frames + done, n - done, available - done, &result);
	*due = publish(ring, before, packed);
	return result;
}

struct ring_put_result
ring_put_due(struct ring *ring, const struct frame *const *frames, uint16_t n, struct ring_due *due)
{
	struct ring_put_result result;

	due->count = 0;
	if (unlikely(!claim(&ring->claimed)))
		return (struct ring_put_result){.busy = n};
	if (unlikely(ring_is_broken(ring)))
		result = (struct ring_put_result){.full = n};
	else if (ring->features & RING_PACKED)
		result = put(ring, frames, n, due, true);
	else
		result = put(ring, frames, n, due, false);
	unclaim(&ring->claimed);
	return result;
}

struct ring_put_result
ring_put(struct ring *ring, const struct frame *const *frames, uint16_t n)
{
	struct ring_due due;
	struct ring_put_result result = ring_put_due(ring, frames, n, &due);

	ring_notify(&due, 1);
	return result;
}
