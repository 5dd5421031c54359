/*
 * Makes frames of a burst's buffers: copies of their heads, and what the burst's frames have in
 * common.
 */
#include <linux/virtio_net.h>
#include <string.h>

#include "chain.h"
#include "take.h"
#include "vnet_header.h"

static void
copy_head(struct frame *frame)
{
	struct ring_segment *segments = frame->segments;
	uint16_t n = frame->n_segments, length = RTE_MIN(frame->length, (uint32_t)FRAME_HEAD);

	take(&segments, &n, frame->head, length);
	frame->head_length = length;
	frame->segments = segments;
	frame->n_segments = n;
}

/* Notes the work that a frame's header asks for, once the frame has its head. */
static void
note_header(struct burst *burst, struct frame *frame, const uint8_t header[VNET_HEADER_MAX])
{
	vnet_header_read(frame, header, burst->features);
	burst->flags |= frame->offload.flags;
}

/* Two words in one register. */
typedef uint64_t words __attribute__((vector_size(16), aligned(1), may_alias));
#define READ_WORDS(x) (*(const volatile words *)&(x))

/* The decisive bytes of a head. */
struct decisive {
	words first, second;
};

static __rte_always_inline struct decisive
decisive_of(const uint8_t *head)
{
	const words *from = (const words *)head;

	return (struct decisive){from[0], from[1]};
}

/* A frame's head, each byte read once, and what is behind it; of one with FRAME_HEAD or more. */
static __rte_always_inline struct decisive
take_head(struct frame *frame, uint32_t length, uint8_t *at, struct ring_segment *segment)
{
	const words *from = (const words *)at;
	/* Each of them once: a guest could change it meanwhile. */
	const words first = READ_WORDS(from[0]), second = READ_WORDS(from[1]),
		    third = READ_WORDS(from[2]), fourth = READ_WORDS(from[3]);
	words *head = (words *)frame->head;

	head[0] = first;
	head[1] = second;
	head[2] = third;
	head[3] = fourth;
	frame->head_length = FRAME_HEAD;
	/* Also of a frame that has none: who copies no segments still names them. */
	frame->segments = segment;
	frame->n_segments = length > FRAME_HEAD;
	if (length > FRAME_HEAD)
		*segment =
			(struct ring_segment){.at = at + FRAME_HEAD, .length = length - FRAME_HEAD};
	return (struct decisive){first, second};
}

static __rte_always_inline bool
same(const struct decisive *a, const struct decisive *b)
{
	/* Of the second words, the bytes before FRAME_DECISIVE. */
	const words mask = {(1ULL << (FRAME_DECISIVE - 16) * 8) - 1, 0};
	const words differ = (a->first ^ b->first) | ((a->second ^ b->second) & mask);

	return !(differ[0] | differ[1]);
}

/* Whether a header, read already, asks for an offload. */
static __rte_always_inline bool
asks(const uint8_t header[VNET_HEADER_MAX])
{
	struct virtio_net_hdr said;

	memcpy(&said, header, sizeof(said));
	return said.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM || said.gso_type != VIRTIO_NET_HDR_GSO_NONE;
}

/* A frame in a direct buffer that is short, or whose header asks for an offload; NULL: it has none.
 */
static __attribute__((noinline)) void
make_unusual(struct burst *burst, struct frame *frame, uint8_t *at, struct ring_segment *segment,
	const uint8_t *header)
{
	*segment = (struct ring_segment){.at = at, .length = frame->length};
	frame->segments = segment;
	frame->n_segments = frame->length > 0;
	copy_head(frame);
	if (header)
		note_header(burst, frame, header);
}

/*
 * The frames in direct buffers. offloads: the guest uses some, so headers may ask for them; else
 * they say nothing.
 */
static __rte_always_inline void
make_direct(struct burst *burst, const bool offloads)
{
	const uint8_t skip = burst->header_length;
	const struct direct *direct = burst->direct;
	struct ring_segment *segment = burst->segment;
	struct frame *frame = burst->frame;
	struct decisive before = {0}, now;
	uint32_t alike = 0, unfit = 0, longest = 0, bytes = 0;

	for (uint32_t i = 0, n = burst->n_direct; i < n; i++, direct++, frame++, segment++) {
		uint32_t length = direct->length - skip;
		uint8_t header[VNET_HEADER_MAX] = {0}, *at = direct->at + skip;

		frame->length = length;
		frame->offload.flags = 0;
		longest = RTE_MAX(longest, length);
		bytes += length;
		/* Read once, as all that a guest may change. */
		if (offloads)
			memcpy(header, direct->at, sizeof(struct virtio_net_hdr));
		if (unlikely(length < FRAME_HEAD || (offloads && asks(header)))) {
			make_unusual(burst, frame, at, segment, offloads ? header : NULL);
			now = decisive_of(frame->head);
			if (frame->head_length < FRAME_DECISIVE)
				unfit |= 1u << i;
		} else {
			now = take_head(frame, length, at, segment);
		}
		alike |= (uint32_t)same(&before, &now) << i;
		before = now;
	}
	burst->alike = alike & ~(unfit | unfit << 1 | 1);
	burst->longest = longest;
	burst->bytes = bytes;
}

/* From a frame's beginning, unless it is empty. */
static void
strip_header(const struct burst *burst, struct frame *frame, uint8_t header[VNET_HEADER_MAX])
{
	struct ring_segment *segments = frame->segments;
	uint16_t n = frame->n_segments;

	if (n)
		take(&segments, &n, header, burst->header_length);
	frame->segments = segments;
	frame->n_segments = n;
}

/* The other frames, whose chains are in burst->segment[] already. */
static __attribute__((noinline)) void
make_others(struct burst *burst)
{
	for (uint16_t i = burst->n_direct; i < burst->n; i++) {
		struct frame *frame = &burst->frame[i], *before = frame - 1;
		uint8_t header[VNET_HEADER_MAX] = {0};

		frame->offload.flags = 0;
		if (burst->features & RING_CSUM)
			strip_header(burst, frame, header);
		copy_head(frame);
		if (burst->features & RING_CSUM)
			note_header(burst, frame, header);
		burst->longest = RTE_MAX(burst->longest, frame->length);
		burst->bytes += frame->length;
		if (i > 0 && frames_begin_alike(before, frame))
			burst->alike |= 1u << i;
	}
}

void
ring_heads(struct burst *burst)
{
	burst->flags = 0;
	if (unlikely(burst->features & RING_CSUM))
		make_direct(burst, true);
	else
		make_direct(burst, false);
	if (unlikely(burst->n_direct < burst->n))
		make_others(burst);
}
