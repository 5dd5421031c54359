/*
 * libFuzzer target: a guest that leaves work on its frames to the switch, and lies about it. What
 * must hold: no byte outside the frame is touched; an accepted header reaches another guest with
 * the same meaning; the pieces of a frame have all of its payload, none is longer than
 * frame_wire_length(), and their number is bounded. The guest may change the frame meanwhile.
 *
 * Input: the kind of frame and its layout in memory; changes to the header and bytes of a valid
 * one; changes while it is worked on.
 */
#include <linux/virtio_net.h>
#include <stddef.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include "gso.h"
#include "left_out.h"

#include "../fuzz/input.h"

#define MAX_PAYLOAD 6000
#define MAX_HEADERS 142
#define CHANGES 8

/* The frame ends at the end of these, so that bytes behind it are poisoned. */
static uint8_t bytes[MAX_HEADERS + MAX_PAYLOAD + 64] __attribute__((aligned(64)));
static struct ring_segment segment[BURST_SEGMENTS];
static struct gso_frames completed;

static void
put_word(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void
change(struct input *input, uint8_t *at, uint32_t n)
{
	uint32_t where = input_short(input);

	if (n)
		at[where % n] ^= input_byte(input);
}

/* A valid TCP frame of `payload` bytes, and its virtio-net header. Returns its length. */
static uint32_t
build(uint8_t *at, uint8_t kind, uint16_t payload, struct virtio_net_hdr *header)
{
	const bool ipv6 = kind & 1;
	const uint8_t tags = (kind >> 1 & 3) % 3, options = (kind >> 3 & 3) * 4;
	uint32_t n = 12;

	memset(at, 0, MAX_HEADERS);
	at[0] = at[6] = 2;
	for (int i = 0; i < tags; i++, n += 4)
		put_word(at + n, 0x8100);
	put_word(at + n, ipv6 ? 0x86dd : 0x0800);
	n += 2;
	at[n] = ipv6 ? 0x60 : 0x45 + options / 4;
	at[n + (ipv6 ? 6 : 9)] = 6;
	n += ipv6 ? 40 : 20 + options;
	*header = (struct virtio_net_hdr){
		.flags = kind & 32 ? VIRTIO_NET_HDR_F_NEEDS_CSUM : 0,
		.gso_type = !(kind & 64) ? VIRTIO_NET_HDR_GSO_NONE
			    : ipv6       ? VIRTIO_NET_HDR_GSO_TCPV6
					 : VIRTIO_NET_HDR_GSO_TCPV4,
		.csum_start = n,
		.csum_offset = 16,
	};
	at[n + 12] = (5 + options / 4) << 4;
	return n + 20 + options + payload;
}

static void
lay_out(struct input *input, struct frame *frame, const uint8_t *at, uint32_t length)
{
	uint32_t head = length < FRAME_HEAD ? length : FRAME_HEAD, run;

	*frame = (struct frame){.length = length, .head_length = head, .segments = segment};
	memcpy(frame->head, at, head);
	for (uint32_t done = head; done < length; done += run) {
		run = 1 + input_byte(input) * 16u;
		if (run > length - done || frame->n_segments == BURST_SEGMENTS - 1)
			run = length - done;
		segment[frame->n_segments++] =
			(struct ring_segment){.from = at + done, .length = run};
	}
}

static void
check_piece(const struct frame *piece)
{
	uint32_t length = piece->head_length;

	for (uint16_t s = 0; s < piece->n_segments; s++) {
		MUST(piece->segments[s].length > 0);
		MUST(!__asan_region_is_poisoned(piece->segments[s].at, piece->segments[s].length));
		length += piece->segments[s].length;
	}
	MUST(length == piece->length && piece->offload.flags == FRAME_VALID);
}

static void
check_said(const struct frame *frame, const struct virtio_net_hdr *asked)
{
	struct virtio_net_hdr said;

	vnet_header_write(frame, (uint8_t *)&said);
	MUST((said.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ==
		(asked->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM));
	MUST(said.gso_type == asked->gso_type);
	if (said.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		MUST(said.csum_start == asked->csum_start &&
			said.csum_offset == asked->csum_offset);
	if (said.gso_type)
		MUST(said.gso_size == asked->gso_size && said.hdr_len <= frame->length);
}

static void
complete(struct input *input, const struct frame *frame, uint8_t *at)
{
	const uint32_t headers =
		frame->offload.flags & FRAME_TSO ? frame->offload.header_length : 0;
	struct gso gso;
	uint32_t payload = 0, pieces = 0;

	gso_clear(&completed);
	gso_begin(&gso, frame);
	change(input, at, frame->length);
	while (!gso.done) {
		const struct frame *piece = gso_next(&gso, &completed);

		if (!piece) { /* delivered */
			MUST(completed.n > 0);
			gso_clear(&completed);
			change(input, at, frame->length);
			continue;
		}
		check_piece(piece);
		MUST(piece->length >= headers && piece->length <= frame_wire_length(frame));
		payload += piece->length - headers;
		MUST(++pieces <= UINT16_MAX / OFFLOAD_SEGMENT_MIN + 1);
	}
	MUST(payload == frame->length - headers);
}

/* Of a frame without a header. */
static void
look_for_left_out(struct frame frame)
{
	frame.offload.flags = 0;
	frame_find_left_out(&frame);
	MUST(!frame.offload.flags ||
		(frame.offload.flags == FRAME_PARTIAL &&
			frame.offload.checksum_start + frame.offload.checksum_offset + 2u <=
				frame.length));
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	uint8_t features = input_byte(&input) & (RING_CSUM | RING_TSO4 | RING_TSO6);
	uint8_t kind = input_byte(&input), changes = input_byte(&input), *at;
	uint8_t raw[VNET_HEADER_MAX] = {0}, sound[MAX_HEADERS];
	struct virtio_net_hdr header;
	struct frame frame;
	uint32_t length = build(sound, kind, input_short(&input) % MAX_PAYLOAD, &header);

	header.gso_size = input_short(&input);
	/* It may be shorter than its own headers, too. */
	if (kind & 128)
		length = 14 + input_byte(&input);
	at = bytes + sizeof(bytes) - 64 - length;
	ASAN_UNPOISON_MEMORY_REGION(bytes, sizeof(bytes));
	memcpy(at, sound, length < MAX_HEADERS ? length : MAX_HEADERS);
	memcpy(raw, &header, sizeof(header));
	for (int i = 0; i < changes % CHANGES; i++)
		change(&input, raw, sizeof(header));
	for (int i = 0; i < changes / CHANGES % CHANGES; i++)
		change(&input, at, length < MAX_HEADERS ? length : MAX_HEADERS);
	ASAN_POISON_MEMORY_REGION(bytes, at - bytes);
	ASAN_POISON_MEMORY_REGION(at + length, bytes + sizeof(bytes) - at - length);

	lay_out(&input, &frame, at, length);
	look_for_left_out(frame);
	vnet_header_read(&frame, raw, features);
	memcpy(&header, raw, sizeof(header));
	if (frame.offload.flags & FRAME_BAD_OFFLOAD) {
		MUST(frame_wire_length(&frame) == UINT32_MAX);
		return 0;
	}
	check_said(&frame, &header);
	if (frame.offload.flags & FRAME_UNFINISHED)
		complete(&input, &frame, at);
	return 0;
}
