/*
 * Takes frames out of a transmit ring, and returns its buffers to the guest.
 */
#include <string.h>

#include "direct.h"
#include "vnet_header.h"

/* Descriptors that are read for a burst; a chain that is begun is read to its end. */
#define WALK_MAX BURST_SEGMENTS

bool
ring_ready(const struct ring *ring)
{
	bool ready;

	if (unlikely(ring_is_broken(ring)))
		return false;
	if (ring->features & RING_PACKED)
		ready = packed_is_available(
			READ_ONCE(ring->packed[ring->avail_at].flags), ring->avail_wrap);
	else
		ready = READ_ONCE(ring->avail->idx) != ring->avail_at;
	if (ready)
		fetch_next(ring);
	return ready;
}

/* Moves `length` bytes from the segments' beginning into `to` (NULL: nowhere). There are enough. */
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

/* Makes a frame of a chain: drops the virtio-net header, unless it is to be read. */
static __rte_always_inline void
make_frame(const struct ring *ring, struct frame *frame, struct chain *chain)
{
	frame->id = chain->id;
	frame->count = chain->count;
	frame->offload.flags = 0;
	if (unlikely(chain->length < ring->header_length)) {
		frame->length = 0;
		frame->n_segments = 0;
		frame->segments = NULL;
		return;
	}
	if (!(ring->features & RING_CSUM))
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
	struct ring_segment *segments = frame->segments;
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

/*
 * A frame of a guest that uses offloads: strips the header and checks it. It is read here, not in
 * ring_begin(), so that its memory has time to arrive, too.
 */
static void
read_header(const struct burst *burst, struct frame *frame)
{
	struct ring_segment *segments = frame->segments;
	uint8_t header[VNET_HEADER_MAX] = {0};
	uint16_t n = frame->n_segments;

	if (n)
		take(&segments, &n, header, burst->header_length);
	frame->segments = segments;
	frame->n_segments = n;
	copy_head(frame);
	vnet_header_read(frame, header, burst->features);
}

/*
 * Takes up to `most` frames in direct buffers, until one of another kind comes.
 * headers: they will be read, so they stay before the frames for now.
 */
static __rte_always_inline void
begin_direct(struct ring *ring, struct burst *burst, uint16_t most, const bool packed,
	const bool headers)
{
	const uint8_t skip = headers ? 0 : ring->header_length;
	struct walk walk = walk_from(ring);
	struct direct direct = {0};
	uint16_t n = 0;

	while (n < most && walk_next(ring, &walk, &direct, false, packed) &&
		direct.length > ring->header_length) {
		struct ring_segment *segment = &burst->segment[n];
		struct frame *frame = &burst->frame[n];

		segment->at = direct.at + skip;
		segment->length = direct.length - skip;
		rte_prefetch0(segment->at);
		/* With the header before it, the head reaches into the next line. */
		rte_prefetch0(segment->at + FRAME_HEAD - 1);
		frame->length = direct.length - ring->header_length;
		frame->segments = segment;
		frame->n_segments = 1;
		frame->id = direct.id;
		frame->count = 1;
		frame->offload.flags = 0;
		walk_on(ring, &walk, packed);
		n++;
	}
	walk_to(ring, &walk);
	ring->guess = direct.id + 1;
	burst->n = n;
	burst->n_segments = n;
	burst->walked = n;
}

static __rte_always_inline uint16_t
begin(struct ring *ring, struct burst *burst, const bool packed)
{
	uint16_t available = packed ? BURST : RTE_MIN(split_available(ring), BURST);
	uint16_t before = ring->used_at, refused = 0;

	burst->features = ring->features;
	if (unlikely(ring->features & RING_CSUM)) {
		burst->header_length = ring->header_length;
		begin_direct(ring, burst, available, packed, true);
	} else {
		burst->header_length = 0;
		begin_direct(ring, burst, available, packed, false);
	}
	/* Bad chains are no reason to stop, but for the work that they are. */
	while (burst->n + refused < available && burst->walked < WALK_MAX) {
		struct chain chain = {.segments = &burst->segment[burst->n_segments],
			.max = BURST_SEGMENTS - burst->n_segments};
		enum chain_result result = next(ring, &chain, false, packed);

		burst->walked += chain.walked;
		if (likely(result == CHAIN_OK)) {
			burst->n_segments += chain.n;
			make_frame(ring, &burst->frame[burst->n++], &chain);
			continue;
		}
		if (result == CHAIN_BROKEN)
			ring_break(ring);
		if (result == CHAIN_BROKEN || result == CHAIN_NONE)
			break;
		if (burst->n > 0) {
			/* Order of the used ring: buffers read earlier go back first. */
			packed ? packed_unread(ring, chain.count) : split_unread(ring, 1);
			break;
		}
		ring_count_bad(ring);
		push(ring, chain.id, chain.count, 0, false, packed);
		refused++;
	}
	if (unlikely(refused)) {
		struct ring_due due = publish(ring, before, packed);

		ring_notify(&due, 1);
	}
	return burst->n;
}

uint16_t
ring_begin(struct ring *ring, struct burst *burst)
{
	if (unlikely(ring_is_broken(ring))) {
		burst->n = burst->walked = 0;
		return 0;
	}
	return ring->features & RING_PACKED ? begin(ring, burst, true) : begin(ring, burst, false);
}

void
ring_heads(struct burst *burst)
{
	if (unlikely(burst->header_length)) {
		for (uint16_t i = 0; i < burst->n; i++)
			read_header(burst, &burst->frame[i]);
		return;
	}
	for (uint16_t i = 0; i < burst->n; i++)
		copy_head(&burst->frame[i]);
}

void
ring_keep(struct ring *ring, struct burst *burst, uint16_t n)
{
	while (burst->n > n) {
		const struct frame *frame = &burst->frame[--burst->n];

		if (ring->features & RING_PACKED)
			packed_unread(ring, frame->count);
		else
			split_unread(ring, 1);
	}
}

static __rte_always_inline struct ring_due
release(struct ring *ring, const struct burst *burst, const bool packed)
{
	uint16_t before = ring->used_at;

	for (uint16_t i = 0; i < burst->n; i++)
		push(ring, burst->frame[i].id, burst->frame[i].count, 0, false, packed);
	return publish(ring, before, packed);
}

struct ring_due
ring_release_due(struct ring *ring, const struct burst *burst)
{
	return ring->features & RING_PACKED ? release(ring, burst, true)
					    : release(ring, burst, false);
}
