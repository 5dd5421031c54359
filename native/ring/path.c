/*
 * Peek, release and put, once for both formats: `packed` is a constant in each instance, so the
 * compiler makes two straight paths.
 */
#include <string.h>

#include <rte_memcpy.h>
#include <rte_prefetch.h>

#include "claim.h"
#include "interrupt.h"
#include "offload.h"
#include "packed.h"
#include "split.h"

/* Buffers a mergeable frame may be spread over; 65,535 bytes in 1 KiB buffers. */
#define MERGE_MAX 64

/* Lines of a frame's remainder that are fetched ahead; the processor sees the rest coming. */
#define REST_LINES 12
#define LINE RTE_CACHE_LINE_SIZE

/* For writing. DPDK's own takes a line for reading only where the build does not assume PREFETCHW.
 */
static __rte_always_inline void
prefetch_write(const void *at)
{
#ifdef __x86_64__
	/* Every processor of this kind knows it, or takes it for a no-op. */
	__asm__ volatile("prefetchw %0" : : "m"(*(const char *)at));
#else
	__builtin_prefetch(at, 1);
#endif
}

#ifdef SANITIZED
/* Sanitizers watch the C library's copies, and take a minute to compile DPDK's unrolled moves. */
#define copy_short memcpy
#else
#define copy_short rte_memcpy
#endif

static __rte_always_inline void
copy(uint8_t *to, const uint8_t *from, uint32_t length)
{
	if (length == FRAME_HEAD) {
		rte_mov64(to, from);
	} else if (length < 64) {
		copy_short(to, from, length);
	} else {
		/* What goes from one lcore's cache into another's gains nothing from wider moves.
		 */
		const uint8_t *last = from + length - 64;
		uint8_t *to_last = to + length - 64;

		for (; from < last; from += 64, to += 64)
			rte_mov64(to, from);
		rte_mov64(to_last, last);
	}
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

/* Shows the guest what was pushed since `before`. */
static __rte_always_inline struct ring_due
publish(struct ring *ring, uint16_t before, const bool packed)
{
	struct ring_due due = {.ring = ring, .now = ring->used_at, .wrap = ring->used_wrap};

	due.count = packed ? ring->batch_count : (uint16_t)(ring->used_at - before);
	if (due.count == 0)
		return due;
	if (packed)
		packed_publish(ring);
	else
		split_publish(ring);
	return due;
}

void
ring_notify(const struct ring_due *due, uint16_t n)
{
	/* A guest sets its wish, then looks for buffers; we showed those, now look at its wish. */
	rte_smp_mb();
	for (uint16_t i = 0; i < n; i++)
		if (due[i].count && (due[i].ring->features & RING_PACKED ? packed_wants(&due[i])
									 : split_wants(&due[i])))
			ring_interrupt(due[i].ring);
}

/* Walks over direct buffers: one descriptor, all of it in the largest region. */
struct walk {
	uint64_t guest, size; /* the region */
	uint8_t *host;
	uint16_t at, mask;
	bool wrap;
};

struct direct {
	uint8_t *at;
	uint32_t length;
	uint16_t id;
};

static __rte_always_inline struct walk
walk_from(const struct ring *ring)
{
	const struct memory_region *region = &ring->memory->region[0];

	return (struct walk){.guest = region->guest,
		.size = region->size,
		.host = region->host,
		.at = ring->avail_at,
		.mask = ring->size - 1,
		.wrap = ring->avail_wrap};
}

/*
 * The next buffer, unless it is of another kind: then the walk stays where it is, what was read
 * is forgotten, and whoever can handle all kinds reads it anew.
 */
static __rte_always_inline bool
walk_next(const struct ring *ring, struct walk *walk, struct direct *direct, const bool writable,
	const bool packed)
{
	const uint16_t wanted = writable ? VRING_DESC_F_WRITE : 0;
	struct descriptor descriptor;
	uint64_t offset;

	if (packed) {
		const struct vring_packed_desc *desc = &ring->packed[walk->at];
		const uint16_t kind =
			VRING_DESC_F_NEXT | VRING_DESC_F_INDIRECT | VRING_DESC_F_WRITE;
		uint16_t flags = __atomic_load_n(&desc->flags, __ATOMIC_ACQUIRE);

		if (!packed_is_available(flags, walk->wrap) || (flags & kind) != wanted)
			return false;
		descriptor = (struct descriptor){
			.address = READ_ONCE(desc->addr), .length = READ_ONCE(desc->len)};
		direct->id = READ_ONCE(desc->id);
	} else {
		direct->id = READ_ONCE(ring->avail->ring[walk->at & walk->mask]);
		if (unlikely(direct->id > walk->mask))
			return false;
		descriptor = read_descriptor(&ring->desc[direct->id]);
		if (unlikely(descriptor.flags != wanted))
			return false;
	}
	offset = descriptor.address - walk->guest;
	if (unlikely(offset >= walk->size || descriptor.length > walk->size - offset ||
		     descriptor.length == 0 || descriptor.length > CHAIN_LONGEST))
		return false;
	direct->at = walk->host + offset;
	direct->length = descriptor.length;
	return true;
}

static __rte_always_inline void
walk_on(const struct ring *ring, struct walk *walk, const bool packed)
{
	if (packed)
		packed_advance(&walk->at, &walk->wrap, 1, ring->size);
	else
		walk->at++;
}

static __rte_always_inline void
walk_to(struct ring *ring, const struct walk *walk)
{
	ring->avail_at = walk->at;
	ring->avail_wrap = walk->wrap;
}

/* Fetches the lines from `at` on that `n` things of `size` bytes lie in. */
static __rte_always_inline void
fetch(const void *at, uint32_t n, uint32_t size)
{
	const char *line = at;

	for (const char *end = line + n * size; line < end; line += LINE)
		rte_prefetch0(line);
}

/* What the next burst of a ring will read first. */
static __rte_always_inline void
fetch_next(const struct ring *ring)
{
	uint16_t mask = ring->size - 1, desc;

	if (ring->features & RING_PACKED) {
		desc = READ_ONCE(ring->avail_at);
	} else {
		fetch(&ring->avail->ring[READ_ONCE(ring->avail_at) & mask], BURST,
			sizeof(uint16_t));
		desc = READ_ONCE(ring->guess) & mask;
	}
	fetch(&ring->desc[desc], RTE_MIN(ring->size - desc, BURST), sizeof(struct vring_desc));
}

bool
ring_ready(const struct ring *ring)
{
	bool ready;

	if (unlikely(ring->broken))
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
ring_expect(const struct ring *ring)
{
	if (!(ring->features & RING_PACKED)) {
		rte_prefetch0(&ring->avail->idx);
		prefetch_write(&ring->used->ring[READ_ONCE(ring->used_at) & (ring->size - 1)]);
	}
	fetch_next(ring);
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

/*
 * A frame of a guest that uses offloads: takes the header off and believes what can be believed of
 * it. It is read here, not in ring_begin(), so that its memory has the time to arrive, too.
 */
static void
read_header(const struct burst *burst, struct frame *frame)
{
	struct ring_segment *segments = (struct ring_segment *)(uintptr_t)frame->segments;
	uint8_t header[OFFLOAD_HEADER_MAX] = {0};
	uint16_t n = frame->n_segments;

	if (n)
		take(&segments, &n, header, burst->header_length);
	frame->segments = segments;
	frame->n_segments = n;
	copy_head(frame);
	offload_take(frame, header, burst->features);
}

/*
 * Takes up to `most` frames in direct buffers, until one of another kind comes.
 * headers: they are to be read, so they stay before the frames for now.
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
	while (burst->n + refused < available) {
		struct chain chain = {.segments = &burst->segment[burst->n_segments],
			.max = BURST_SEGMENTS - burst->n_segments};
		enum chain_result result = next(ring, &chain, false, packed);

		if (likely(result == CHAIN_OK)) {
			burst->n_segments += chain.n;
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
	if (unlikely(refused)) {
		struct ring_due due = publish(ring, before, packed);

		ring_notify(&due, 1);
	}
	return burst->n;
}

uint16_t
ring_begin(struct ring *ring, struct burst *burst)
{
	if (unlikely(ring->broken)) {
		burst->n = 0;
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

uint16_t
ring_peek(struct ring *ring, struct burst *burst)
{
	(void)ring_begin(ring, burst);
	ring_heads(burst);
	return burst->n;
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

void
ring_release(struct ring *ring, const struct burst *burst)
{
	struct ring_due due = ring_release_due(ring, burst);

	ring_notify(&due, 1);
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

/*
 * struct virtio_net_hdr_mrg_rxbuf; num_buffers is the last field. offloads: the guest has
 * negotiated some, so there may be more to say than nothing.
 */
static __rte_always_inline void
put_header(uint8_t *at, uint8_t length, uint16_t n_buffers, const struct frame *frame,
	const bool offloads)
{
	if (offloads && frame->offload.flags) {
		const uint16_t last = n_buffers;

		offload_give(frame, at);
		memcpy(at + 10, &last, length - 10);
		return;
	}
	memset(at, 0, 8);
	if (likely(length == 12)) {
		const uint16_t rest[2] = {0, n_buffers};

		memcpy(at + 8, rest, 4);
	} else {
		memset(at + 8, 0, 2);
	}
}

static __rte_always_inline void
place(struct ring *ring, const struct frame *frame, const struct room *room)
{
	const bool offloads = ring->features & RING_CSUM;
	struct scatter to = {.segment = room->segments};

	if (likely(room->segments->length >= ring->header_length + frame->head_length)) {
		uint8_t *at = room->segments->at;

		put_header(at, ring->header_length, room->n_buffers, frame, offloads);
		copy(at + ring->header_length, frame->head, frame->head_length);
		to.at = ring->header_length + frame->head_length;
		if (to.at == to.segment->length) {
			to.segment++;
			to.at = 0;
		}
	} else {
		uint8_t header[12];

		put_header(header, sizeof(header), room->n_buffers, frame, offloads);
		scatter(&to, header, ring->header_length);
		scatter(&to, frame->head, frame->head_length);
	}
	for (uint16_t i = 0; i < frame->n_segments; i++)
		scatter(&to, frame->segments[i].at, frame->segments[i].length);
	if (unlikely(ring->features & RING_LOG))
		log_segments(ring, room->segments, room->n_segments,
			ring->header_length + frame->length);
}

/* Copies and pushes what was found room for. */
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

/* Frames for buffers of any kind. */
static __rte_always_inline void
put_any(struct ring *ring, const struct frame *const *frames, uint16_t n, uint16_t available,
	struct ring_put_result *result, const bool packed)
{
	const struct frame *found[BURST];
	uint16_t n_found = 0, i = 0;
	struct placing placing;

	placing.n_segments = placing.n_buffers = 0;
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
}

/* Fetches what of a frame its head does not have, and where that goes. */
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

/*
 * Frames for direct buffers. First all buffers are looked up, so that their memory
 * arrives together, then they are filled. Returns how many frames were placed; what comes next
 * needs put_any().
 */
static __rte_always_inline uint16_t
put_direct(struct ring *ring, const struct frame *const *frames, uint16_t n,
	struct ring_put_result *result, const bool packed, const bool offloads)
{
	const uint8_t header_length = ring->header_length;
	struct walk walk = walk_from(ring);
	struct direct to[BURST];
	uint16_t found = 0;

	if (unlikely(n == 0))
		return 0;
	for (; found < n && walk_next(ring, &walk, &to[found], true, packed) &&
		to[found].length >= header_length + frames[found]->length;
		found++) {
		prefetch_write(to[found].at);
		prefetch_write(to[found].at + header_length + FRAME_HEAD - 1);
		walk_on(ring, &walk, packed);
	}
	if (found == 0)
		return 0;
	walk_to(ring, &walk);
	ring->guess = to[found - 1].id + 1;
	fetch_rest(frames[0], to[0].at + header_length);
	for (uint16_t i = 0; i < found; i++) {
		const struct frame *frame = frames[i];
		uint8_t *at = to[i].at;

		if (i + 1 < found)
			fetch_rest(frames[i + 1], to[i + 1].at + header_length);
		put_header(at, header_length, 1, frame, offloads);
		at += header_length;
		copy(at, frame->head, frame->head_length);
		at += frame->head_length;
		for (uint16_t s = 0; s < frame->n_segments; s++) {
			copy(at, frame->segments[s].at, frame->segments[s].length);
			at += frame->segments[s].length;
		}
		push(ring, to[i].id, 1, header_length + frame->length, true, packed);
		result->sent_bytes += frame->length;
	}
	result->sent = found;
	return found;
}

static __rte_always_inline struct ring_put_result
put(struct ring *ring, const struct frame *const *frames, uint16_t n, struct ring_due *due,
	const bool packed)
{
	struct ring_put_result result = {0};
	uint16_t before = ring->used_at, available = packed ? BURST : split_available(ring);
	uint16_t done = 0;

	/* Dirty pages are logged on the general way only. */
	if (likely(!(ring->features & (RING_LOG | RING_CSUM))))
		done = put_direct(ring, frames, RTE_MIN(n, available), &result, packed, false);
	else if (!(ring->features & RING_LOG))
		done = put_direct(ring, frames, RTE_MIN(n, available), &result, packed, true);
	if (unlikely(done < n))
		put_any(ring, frames + done, n - done, packed ? 0 : available - done, &result,
			packed);
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
	if (unlikely(ring->broken))
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
