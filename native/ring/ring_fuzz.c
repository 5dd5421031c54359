/*
 * libFuzzer target: a guest with rings, indirect tables and buffers chosen by the fuzzer, which
 * change between any two calls, and during a call before any read. What must hold: no byte outside
 * the guest's memory is touched, every call ends soon, as many buffers are given back as were
 * taken, and reported lengths and ranges stay within the given buffers.
 *
 * Input: features, size and position of the ring; its descriptors, two indirect tables and the
 * avail part in a short form, which makes addresses that hit memory likely; then operations.
 */
#include <sanitizer/asan_interface.h>

#include "peek.h"
#include "ring_fuzz_guest.h"

#define MAX_FRAME 3000
#define OPERATIONS 64

/* A frame's bytes end at the end of these. */
static uint8_t bytes[64 + MAX_FRAME + 64] __attribute__((aligned(64)));

static struct burst burst;

/* Between calls, every taken buffer has been given back. */
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
		/* Checks that every byte is readable. */
		MUST(!__asan_region_is_poisoned(segment->at, segment->length));
		__atomic_store_n(
			&sink, segment->at[0] ^ segment->at[segment->length - 1], __ATOMIC_RELAXED);
	}
	MUST(length == frame->length);
	MUST(frame->head_length == (length < FRAME_HEAD ? length : FRAME_HEAD));
}

/* In one call or in steps, with a change by the guest in between. */
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
		if (what & 16)
			ring_ask_kick(&ring);
		else
			ring_ask_no_kick(&ring);
		if (what & 8)
			move_base();
		else
			plan_changes(input);
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
