/*
 * Takes frames out of a transmit ring, and returns its buffers to the guest.
 */
#include "direct.h"
#include "take.h"

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

void
ring_look_away(const struct ring *ring, struct ring_look *look)
{
	if (ring->features & RING_PACKED)
		/* It becomes available when this flag is the wrap counter's. */
		*look = (struct ring_look){.at = &ring->packed[ring->avail_at].flags,
			.mask = PACKED_AVAIL,
			.silent = ring->avail_wrap ? 0 : PACKED_AVAIL};
	else
		*look = (struct ring_look){
			.at = &ring->avail->idx, .mask = UINT16_MAX, .silent = ring->avail_at};
}

/* Makes a frame of a chain: drops the virtio-net header, unless it is to be read. */
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
	if (!(ring->features & RING_CSUM))
		take(&chain->segments, &chain->n, NULL, ring->header_length);
	frame->length = chain->length - ring->header_length;
	frame->segments = chain->segments;
	frame->n_segments = chain->n;
	if (chain->n)
		rte_prefetch0(chain->segments->at);
}

static __rte_always_inline uint16_t
begin(struct ring *ring, struct burst *burst, const bool packed)
{
	uint16_t available = packed ? BURST : RTE_MIN(split_available(ring), BURST);
	uint16_t before = ring->used_at, refused = 0;

	/* The head may reach into the next line, with the header before it. */
	burst->n_direct = find_direct(ring, burst->direct, available, ring->header_length + 1,
		ring->header_length + FRAME_HEAD, false, packed);
	take_direct(ring, burst->direct, burst->n_direct, packed);
	burst->n = burst->n_segments = burst->walked = burst->n_direct;
	burst->features = ring->features;
	burst->header_length = ring->header_length;
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
ring_keep(struct ring *ring, struct burst *burst, uint16_t n)
{
	while (burst->n > n) {
		const struct frame *frame = &burst->frame[--burst->n];

		if (ring->features & RING_PACKED)
			packed_unread(ring, burst->n < burst->n_direct ? 1 : frame->count);
		else
			split_unread(ring, 1);
	}
	burst->n_direct = RTE_MIN(burst->n_direct, n);
}

static __rte_always_inline struct ring_due
release(struct ring *ring, const struct burst *burst, const bool packed)
{
	uint16_t before = ring->used_at;

	push_direct(ring, burst->direct, burst->n_direct, false, packed);
	for (uint16_t i = burst->n_direct; i < burst->n; i++)
		push(ring, burst->frame[i].id, burst->frame[i].count, 0, false, packed);
	return publish(ring, before, packed);
}

struct ring_due
ring_release_due(struct ring *ring, const struct burst *burst)
{
	return ring->features & RING_PACKED ? release(ring, burst, true)
					    : release(ring, burst, false);
}
