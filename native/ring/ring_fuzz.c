/*
 * libFuzzer target: a guest whose rings, indirect tables and buffers are whatever the fuzzer
 * likes, and change between any two calls. What must hold: no byte outside the guest's memory is
 * touched, every call ends soon, as many buffers are given back as were taken, and what is said
 * to be sent or written lies within what was given.
 *
 * The guest's memory is a few kilobytes, laid out anew for each input without an allocation. Each
 * part of a ring is a region of exactly its size, with bytes around it that AddressSanitizer
 * guards; all of them are guest memory that descriptors may point to, too.
 *
 * Input: features, size and position of the ring; its descriptors, two indirect tables and the
 * avail part in a short form, which makes addresses that hit memory likely; then operations.
 */
#include <linux/virtio_ring.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include "peek.h"
#include "ring.h"

#include "../fuzz/input.h"

#define MAX_RING 64
#define MAX_FRAME 3000
#define TABLE 8 /* descriptors of an indirect table */
#define OPERATIONS 64

enum part { HIGH, LOW, DESC, AVAIL, USED, PARTS };

/* In guest addresses they follow each other in this order, in the host's not. */
static const uint16_t at[PARTS] = {1536, 512, 7168, 9216, 10240};
static uint8_t arena[12288] __attribute__((aligned(4096)));
/* A frame's bytes end where these do. */
static uint8_t bytes[64 + MAX_FRAME + 64] __attribute__((aligned(64)));

static struct memory memory;
static struct ring ring;
static struct burst burst;
static uint32_t span; /* bytes of guest memory */

static uint8_t *
part(enum part part)
{
	return memory.region[part].host;
}

static bool
is_packed(void)
{
	return ring.features & RING_PACKED;
}

/* All that is logged as written must be guest memory, or the used part. */
static void
log_guest(void *context, uint64_t guest, uint64_t length)
{
	(void)context;
	MUST(length > 0 && length <= span);
	MUST(guest - memory.region[0].guest <= span - length);
}

static void
log_used(void *context, uint64_t offset, uint64_t length)
{
	uint64_t size = memory.region[is_packed() ? DESC : USED].size;

	(void)context;
	MUST(length > 0 && offset <= size && length <= size - offset);
}

static void
lay_out(uint64_t base)
{
	const uint32_t sizes[PARTS] = {
		[HIGH] = 4096, /* first, as the largest is: buffers here take a short way */
		[LOW] = 1000,  /* an indirect table that begins here may end in the next region */
		[DESC] = ring.size * 16u,
		[AVAIL] = is_packed() ? 4 : 6 + ring.size * 2,
		[USED] = is_packed() ? 4 : 6 + ring.size * 8,
	};

	ASAN_UNPOISON_MEMORY_REGION(arena, sizeof(arena));
	memset(arena, 0, sizeof(arena));
	ASAN_POISON_MEMORY_REGION(arena, sizeof(arena));
	memory.n = PARTS;
	span = 0;
	for (int i = 0; i < PARTS; i++) {
		memory.region[i] = (struct memory_region){base + span, sizes[i], arena + at[i]};
		ASAN_UNPOISON_MEMORY_REGION(arena + at[i], sizes[i]);
		span += sizes[i];
	}
}

/* A descriptor in six bytes: those of the flags that virtio does not have bend the rest. */
static void
write_descriptor(struct input *input, uint8_t *to)
{
	uint64_t address = input_short(input);
	uint32_t length = input_short(input);
	uint8_t bits = input_byte(input), last = input_byte(input);
	uint16_t flags = bits & (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT);

	if (is_packed())
		flags |= (bits & 8 ? 1u << VRING_PACKED_DESC_F_AVAIL : 0) |
			 (bits & 16 ? 1u << VRING_PACKED_DESC_F_USED : 0);
	/* A table's begin, or anywhere. */
	address = bits & 64 ? memory.region[HIGH].size + address % 3 * TABLE * 16
			    : address % (span + 16);
	if (bits & 128) /* the rest of the descriptor is fine, the address is not */
		address += 1ull << 40;
	if (flags & VRING_DESC_F_INDIRECT)
		length = length % 256 ? length % (2 * TABLE + 1) * 16 : length;
	else
		length = bits & 32 ? length << 8 : length % 2048;
	address += memory.region[0].guest;
	memcpy(to, &address, 8);
	memcpy(to + 8, &length, 4);
	memcpy(to + (is_packed() ? 14 : 12), &flags, 2);
	memcpy(to + (is_packed() ? 12 : 14), &(uint16_t){last}, 2);
}

/* Says that the next n buffers are available, as the fuzzer would seldom guess. */
static void
offer(uint16_t n)
{
	uint16_t position = ring.avail_at;
	bool wrap = ring.avail_wrap;

	if (!is_packed()) {
		position += n % (ring.size + 2); /* one more than there can be */
		memcpy(part(AVAIL) + 2, &position, 2);
		return;
	}
	for (n %= ring.size + 1; n > 0; n--) {
		uint8_t *flags = part(DESC) + position * 16 + 15; /* bits 8 to 15 */

		*flags = wrap ? 0 : 0x80;
		flags[-1] = (flags[-1] & 0x7f) | (wrap ? 0x80 : 0);
		if (++position == ring.size) {
			position = 0;
			wrap = !wrap;
		}
	}
}

static void
set_up(struct input *input)
{
	uint8_t features = input_byte(input), size = input_byte(input);
	uint16_t position = input_short(input);

	memset(&ring, 0, sizeof(ring));
	ring.features = features & (RING_MERGEABLE | RING_EVENT_INDEX | RING_PACKED | RING_LOG);
	ring.features |= input_byte(input) & (RING_CSUM | RING_TSO4 | RING_TSO6);
	ring.size = is_packed() ? 1 + size % MAX_RING : 1 << size % 7;
	ring.header_length = features & (RING_MERGEABLE | 64) ? 12 : 10;
	/* Regions may lie over the end of the address space: then addresses wrap. */
	lay_out(features & 128 ? UINT64_MAX - 4096 : 0x40000000);
	ring.desc = (struct vring_desc *)part(DESC);
	ring.avail = (struct vring_avail *)part(AVAIL);
	ring.used = (struct vring_used *)part(USED);
	ring.memory = &memory;
	ring.call_fd = -1;
	ring.log = (struct ring_log){log_guest, log_used, NULL};
	if (is_packed())
		position = position % ring.size | (position & 1 << 15);
	ring_set_base(&ring, position, position);

	for (uint16_t i = 0; i < ring.size; i++)
		write_descriptor(input, part(DESC) + i * 16);
	for (uint16_t i = 0; i < 2 * TABLE; i++)
		write_descriptor(input, part(LOW) + i * 16);
	for (uint32_t i = 0; i < memory.region[AVAIL].size; i++)
		part(AVAIL)[i] = i < 4 || i % 2 == 0 ? input_byte(input) : 0;
	offer(0);
}

static void
change(struct input *input)
{
	uint32_t where = input_short(input) % span;

	for (int i = 0; i < PARTS; i++) {
		if (where < memory.region[i].size) {
			part(i)[where] = input_byte(input);
			return;
		}
		where -= memory.region[i].size;
	}
}

/* Between calls every buffer that was taken has been given back. */
static void
balanced(void)
{
	MUST(ring.broken || (ring.avail_at == ring.used_at && ring.avail_wrap == ring.used_wrap));
	MUST(!is_packed() || (ring.avail_at < ring.size && ring.used_at < ring.size));
}

static void
check_frame(const struct frame *frame)
{
	uint32_t length = frame->head_length;
	static uint8_t sink;

	for (uint16_t s = 0; s < frame->n_segments; s++) {
		const struct ring_segment *segment = &frame->segments[s];

		length += segment->length;
		MUST(segment->length > 0);
		/* Readable from its first byte to its last. */
		MUST(!__asan_region_is_poisoned(segment->at, segment->length));
		__atomic_store_n(
			&sink, segment->at[0] ^ segment->at[segment->length - 1], __ATOMIC_RELAXED);
	}
	MUST(length == frame->length);
	MUST(frame->head_length == (length < FRAME_HEAD ? length : FRAME_HEAD));
}

/* In one go or in steps, between which the guest changes something. */
static void
take(struct input *input)
{
	bool steps = input_byte(input) & 1;
	uint16_t n;

	if (steps) {
		(void)ring_ready(&ring);
		change(input);
		n = ring_begin(&ring, &burst);
		change(input);
		ring_heads(&burst);
	} else {
		n = ring_peek(&ring, &burst);
	}
	MUST(n == burst.n && n <= BURST && burst.n_segments <= BURST_SEGMENTS);
	for (uint16_t i = 0; i < n; i++)
		check_frame(&burst.frame[i]);
	change(input);
	if (steps) {
		struct ring_due due = ring_release_due(&ring, &burst);

		change(input);
		ring_notify(&due, 1);
	} else {
		ring_release(&ring, &burst);
	}
}

static void
give(struct input *input)
{
	struct frame frame[4];
	struct ring_segment segment[4][2];
	const struct frame *frames[4];
	struct ring_put_result result;
	uint16_t n = 1 + input_byte(input) % 4;
	uint64_t sum = 0;

	for (uint16_t i = 0; i < n; i++) {
		uint32_t length = input_short(input) % (MAX_FRAME + 1);
		uint32_t head = length < FRAME_HEAD ? length : FRAME_HEAD;
		uint32_t rest = length - head, first = rest > 100 ? rest / 3 : rest;
		uint8_t *end = bytes + sizeof(bytes) - 64;

		if (input->left % 2) { /* a frame of an mbuf has no head */
			first += head;
			rest += head;
			head = 0;
		}
		segment[i][0] = (struct ring_segment){.at = end - first, .length = first};
		segment[i][1] =
			(struct ring_segment){.at = end - (rest - first), .length = rest - first};
		frame[i] = (struct frame){
			.length = length,
			.head_length = head,
			.n_segments = !!first + (rest > first),
			.segments = segment[i],
			.offload.flags = ring.features & RING_CSUM,
		};
		frames[i] = &frame[i];
		sum += length;
	}
	if (input_byte(input) & 1) {
		struct ring_due due;

		ring_expect(&ring);
		result = ring_put_due(&ring, frames, n, &due);
		change(input);
		ring_notify(&due, 1);
	} else {
		result = ring_put(&ring, frames, n);
	}
	MUST(result.sent + result.full + result.small == n && result.busy == 0);
	MUST(result.sent < n ? result.sent_bytes <= sum : result.sent_bytes == sum);
	MUST(!__atomic_load_n(&ring.claimed, __ATOMIC_RELAXED));
}

static void
move_base(void)
{
	uint16_t avail, used, again[2];

	ring_get_base(&ring, &avail, &used);
	ring_set_base(&ring, avail, used);
	ring_get_base(&ring, &again[0], &again[1]);
	MUST(avail == again[0] && used == again[1]);
}

static void
operate(struct input *input)
{
	uint8_t what = input_byte(input);

	switch (what % 8) {
	case 0:
	case 1:
		give(input);
		break;
	case 2:
	case 3:
		take(input);
		break;
	case 4:
		offer(what >> 3);
		break;
	case 5:
		write_descriptor(input, part(DESC) + input_byte(input) % ring.size * 16);
		break;
	case 6:
		change(input);
		break;
	default:
		move_base();
		break;
	}
	balanced();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	ASAN_POISON_MEMORY_REGION(bytes, 64);
	ASAN_POISON_MEMORY_REGION(bytes + sizeof(bytes) - 64, 64);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};

	set_up(&input);
	for (int i = 0; i < OPERATIONS && input.left > 0; i++)
		operate(&input);
	return 0;
}
