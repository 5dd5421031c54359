/*
 * Headers that are believed and others that are not; what completing makes of frames, checked
 * with a checksum of its own and against what the frame said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/virtio_net.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "gso.h"

#define ALL (RING_CSUM | RING_TSO4 | RING_TSO6)
#define FIN 0x01
#define PSH 0x08
#define ACK 0x10
#define CWR 0x80

/* A TCP frame as a guest sends it, and where its parts are. */
struct sample {
	const char *name;
	bool ipv6;
	uint8_t tags;
	uint8_t ip_options;  /* bytes; IPv6: of extension headers */
	uint8_t tcp_options; /* bytes */
	uint32_t payload;
	uint16_t segment_size;
};

struct built {
	uint8_t bytes[80000];
	uint32_t length;
	uint16_t network, tcp, data;
	struct virtio_net_hdr header;
	struct ring_segment segment[BURST_SEGMENTS];
	struct frame frame;
};

static struct built built;

static uint16_t
word(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static uint32_t
number(const uint8_t *at)
{
	return (uint32_t)word(at) << 16 | word(at + 2);
}

static void
put_word(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* Byte by byte, unlike the one that is tested. */
static uint16_t
sum16(uint32_t start, const uint8_t *bytes, uint32_t n)
{
	uint64_t sum = start;

	for (uint32_t i = 0; i < n; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint16_t
pseudo_sum(const uint8_t *network, bool ipv6, uint8_t protocol, uint32_t length)
{
	return ipv6 ? sum16(protocol + length, network + 8, 32)
		    : sum16(protocol + length, network + 12, 8);
}

/* Cuts the bytes into a head and segments of `piece` bytes. */
static void
lay_out(struct built *b, uint32_t piece)
{
	uint32_t at = RTE_MIN(b->length, (uint32_t)FRAME_HEAD);

	b->frame = (struct frame){.length = b->length, .head_length = at, .segments = b->segment};
	memcpy(b->frame.head, b->bytes, at);
	while (at < b->length) {
		uint32_t run = RTE_MIN(piece, b->length - at);

		assert_in_range(b->frame.n_segments, 0, BURST_SEGMENTS - 1);
		b->segment[b->frame.n_segments++] =
			(struct ring_segment){.at = b->bytes + at, .length = run};
		at += run;
	}
}

static void
build(struct built *b, const struct sample *sample)
{
	uint8_t *at = b->bytes, *ip;
	uint32_t tcp_length = 20 + sample->tcp_options + sample->payload;

	memset(at, 0, sizeof(b->bytes));
	memcpy(at, "\x02\0\0\0\0\x0b\x02\0\0\0\0\x0a", 12);
	at += 12;
	for (int i = 0; i < sample->tags; i++, at += 4)
		memcpy(at, "\x81\0\0\x05", 4);
	put_word(at, sample->ipv6 ? 0x86dd : 0x0800);
	ip = at += 2;
	b->network = ip - b->bytes;
	if (sample->ipv6) {
		ip[0] = 0x60;
		put_word(ip + 4, sample->ip_options + tcp_length);
		ip[6] = sample->ip_options ? 60 : 6;
		for (int i = 8; i < 40; i++)
			ip[i] = i * 5;
		if (sample->ip_options) {
			ip[40] = 6;
			ip[41] = sample->ip_options / 8 - 1;
		}
		at += 40 + sample->ip_options;
	} else {
		ip[0] = 0x40 | (20 + sample->ip_options) / 4;
		put_word(ip + 2, 20 + sample->ip_options + tcp_length);
		put_word(ip + 4, 0xfffe);
		ip[6] = 0x40;
		ip[8] = 64;
		ip[9] = 6;
		for (int i = 12; i < 20; i++)
			ip[i] = i * 11;
		memset(ip + 20, 1, sample->ip_options);
		at += 20 + sample->ip_options;
	}
	b->tcp = at - b->bytes;
	memcpy(at, "\x12\x34\x56\x78\xff\xff\xf0\x00\x01\x02\x03\x04", 12);
	at[12] = (20 + sample->tcp_options) / 4 << 4;
	at[13] = FIN | PSH | ACK | CWR;
	put_word(at + 14, 512);
	put_word(at + 16, pseudo_sum(ip, sample->ipv6, 6, tcp_length));
	memset(at + 20, 1, sample->tcp_options);
	at += 20 + sample->tcp_options;
	b->data = at - b->bytes;
	for (uint32_t i = 0; i < sample->payload; i++)
		*at++ = i * 7 + (i >> 8);
	b->length = at - b->bytes;
	b->header = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = b->tcp,
		.csum_offset = 16,
	};
	if (sample->segment_size) {
		b->header.gso_type =
			sample->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
		b->header.gso_size = sample->segment_size;
		b->header.hdr_len = b->data;
	}
	lay_out(b, 700);
}

static uint8_t
flags_of(struct built *b, uint8_t features)
{
	uint8_t header[VNET_HEADER_MAX] = {0};

	memcpy(header, &b->header, sizeof(b->header));
	vnet_header_read(&b->frame, header, features);
	return b->frame.offload.flags;
}

static const struct sample samples[] = {
	{"IPv4", false, 0, 0, 0, 20000, 1460},
	{"IPv4, options", false, 0, 40, 40, 20001, 1000},
	{"IPv4, tagged", false, 1, 0, 12, 65000, 1448},
	{"IPv4, two tags", false, 2, 4, 12, 5000, 1448},
	{"IPv4, odd", false, 0, 0, 12, 3333, 333},
	{"IPv4, whole number of segments", false, 0, 0, 0, 3000, 1000},
	{"IPv4, one segment", false, 0, 0, 0, 100, 1460},
	{"IPv4, no payload", false, 0, 0, 0, 0, 1460},
	{"IPv4, tiny segments", false, 0, 0, 12, 4001, 2},
	{"IPv6", true, 0, 0, 0, 20000, 1440},
	{"IPv6, tagged, odd", true, 1, 0, 12, 9999, 1427},
	{"IPv6, extension header", true, 0, 24, 12, 9000, 1400},
	{"IPv6, largest", true, 1, 0, 40, 65400, 1440},
};

static uint32_t
bytes_of(const struct frame *frame, uint8_t *to)
{
	uint32_t n = frame->head_length;

	memcpy(to, frame->head, n);
	for (uint16_t i = 0; i < frame->n_segments; i++) {
		memcpy(to + n, frame->segments[i].at, frame->segments[i].length);
		n += frame->segments[i].length;
	}
	assert_int_equal(n, frame->length);
	return n;
}

static void
check_segment(const struct built *b, const struct sample *sample, const struct frame *frame,
	uint32_t number_of, uint32_t sent, bool last)
{
	static uint8_t got[70000];
	uint32_t n = bytes_of(frame, got), payload = n - b->data;
	const uint8_t *ip = got + b->network, *tcp = got + b->tcp;
	uint8_t flags = ACK | (last ? FIN | PSH : 0) | (number_of == 0 ? CWR : 0);

	assert_int_equal(frame->offload.flags, FRAME_VALID);
	assert_in_range(n, b->data, b->data + sample->segment_size);
	assert_true(last || payload == sample->segment_size);
	assert_memory_equal(got, b->bytes, b->network);
	assert_memory_equal(got + b->data, b->bytes + b->data + sent, payload);
	if (sample->ipv6) {
		assert_int_equal(word(ip + 4), n - b->network - 40);
		assert_memory_equal(ip + 6, b->bytes + b->network + 6, b->tcp - b->network - 6);
	} else {
		assert_int_equal(word(ip + 2), n - b->network);
		assert_int_equal(word(ip + 4), (uint16_t)(0xfffe + number_of));
		assert_int_equal(sum16(0, ip, b->tcp - b->network), 0xffff);
		assert_memory_equal(ip + 12, b->bytes + b->network + 12, b->tcp - b->network - 12);
	}
	assert_int_equal(number(tcp + 4), (uint32_t)(0xfffff000 + sent));
	assert_int_equal(tcp[13], flags);
	assert_memory_equal(tcp + 18, b->bytes + b->tcp + 18, b->data - b->tcp - 18);
	assert_int_equal(
		sum16(pseudo_sum(ip, sample->ipv6, 6, n - b->tcp), tcp, n - b->tcp), 0xffff);
}

static void
segments_are_as_tcp_would_send_them(void **state)
{
	static const uint32_t pieces[] = {70000, 700, 4096, 151};
	static struct gso_frames room;

	(void)state;
	for (uint32_t s = 0; s < RTE_DIM(samples); s++)
		for (uint32_t p = 0; p < RTE_DIM(pieces); p++) {
			const struct sample *sample = &samples[s];
			struct gso gso;
			const struct frame *piece;
			uint32_t sent = 0, n = 0;

			build(&built, sample);
			if (built.length / pieces[p] >= BURST_SEGMENTS)
				continue;
			lay_out(&built, pieces[p]);
			assert_int_equal(flags_of(&built, ALL),
				FRAME_PARTIAL | (sample->ipv6 ? FRAME_TSO6 : FRAME_TSO4));
			gso_clear(&room);
			gso_begin(&gso, &built.frame);
			while (!gso.done) {
				piece = gso_next(&gso, &room);
				if (!piece) {
					assert_true(room.n > 0);
					gso_clear(&room);
					continue;
				}
				check_segment(&built, sample, piece, n++, sent, gso.done);
				sent += piece->length - built.data;
			}
			assert_null(gso_next(&gso, &room));
			assert_int_equal(sent, sample->payload);
			assert_int_equal(
				n, RTE_MAX(1u, (sample->payload + sample->segment_size - 1) /
						       sample->segment_size));
		}
}

static void
checksums_are_completed(void **state)
{
	static const uint32_t lengths[] = {0, 1, 5, 9, 10, 11, 100, 101, 1448, 9001};
	static const uint32_t pieces[] = {70000, 1, 3, 64, 700};
	static struct gso_frames room;
	static uint8_t got[70000];

	(void)state;
	for (uint32_t s = 0; s < RTE_DIM(samples); s++)
		for (uint32_t l = 0; l < RTE_DIM(lengths); l++)
			for (uint32_t p = 0; p < RTE_DIM(pieces); p++) {
				struct sample sample = samples[s];
				struct gso gso;
				const struct frame *piece;
				uint32_t n;

				sample.payload = lengths[l];
				sample.segment_size = 0;
				build(&built, &sample);
				if (built.length / pieces[p] >= BURST_SEGMENTS)
					continue;
				lay_out(&built, pieces[p]);
				assert_int_equal(flags_of(&built, ALL), FRAME_PARTIAL);
				gso_clear(&room);
				gso_begin(&gso, &built.frame);
				piece = gso_next(&gso, &room);
				assert_non_null(piece);
				assert_true(gso.done);
				assert_int_equal(piece->offload.flags, FRAME_VALID);
				n = bytes_of(piece, got);
				assert_int_equal(n, built.length);
				assert_int_equal(sum16(pseudo_sum(got + built.network, sample.ipv6,
							       6, n - built.tcp),
							 got + built.tcp, n - built.tcp),
					0xffff);
				memcpy(got + built.tcp + 16, built.bytes + built.tcp + 16, 2);
				assert_memory_equal(got, built.bytes, n);
			}
}

/* Half in the head, half behind it, and elsewhere: what is covered and where it goes is free. */
static void
a_checksum_may_stand_anywhere(void **state)
{
	static struct gso_frames room;
	static uint8_t got[70000];

	(void)state;
	for (uint16_t at = 14; at < 198; at++) {
		struct gso gso;
		uint16_t start = at > 40 ? at - 24 : 14;

		build(&built, &(struct sample){.payload = 146});
		assert_int_equal(built.length, 200);
		lay_out(&built, 7);
		built.header.csum_start = start;
		built.header.csum_offset = at - start;
		assert_int_equal(flags_of(&built, ALL), FRAME_PARTIAL);
		gso_clear(&room);
		gso_begin(&gso, &built.frame);
		bytes_of(gso_next(&gso, &room), got); /* NOLINT: there is room */
		memcpy(&got[at], &built.bytes[at], 2);
		assert_memory_equal(got, built.bytes, 200);
		bytes_of(&room.frame[0], got);
		/* With what was there before, the sum from the start on is all ones. */
		if ((at - start) % 2 == 0)
			assert_int_equal(
				sum16(word(built.bytes + at), got + start, 200 - start), 0xffff);
	}
}

/* UDP says "no checksum" with 0. */
static void
no_checksum_becomes_zero(void **state)
{
	static struct gso_frames room;
	static uint8_t got[70000];
	struct gso gso;

	(void)state;
	build(&built, &(struct sample){.payload = 0});
	memset(built.bytes + built.tcp, 0, 20);
	built.bytes[built.tcp] = built.bytes[built.tcp + 1] = 0xff;
	lay_out(&built, 700);
	assert_int_equal(flags_of(&built, ALL), FRAME_PARTIAL);
	gso_clear(&room);
	gso_begin(&gso, &built.frame);
	bytes_of(gso_next(&gso, &room), got); /* NOLINT: there is room */
	assert_int_equal(word(got + built.tcp + 16), 0xffff);
}

static void
lies_are_told_apart(void **state)
{
	static const struct sample good = {.payload = 5000, .segment_size = 1460},
				   good6 = {.ipv6 = true, .payload = 5000, .segment_size = 1440};
	struct virtio_net_hdr *header = &built.header;

	(void)state;
#define LIES(what, features)                                                                       \
	do {                                                                                       \
		build(&built, &good);                                                              \
		what;                                                                              \
		lay_out(&built, 700);                                                              \
		assert_int_equal(flags_of(&built, features), FRAME_BAD_OFFLOAD);                   \
		assert_int_equal(frame_wire_length(&built.frame), UINT32_MAX);                     \
	} while (0)
	LIES(header->csum_start = 13, ALL);
	LIES(header->csum_start = built.length - 17, ALL);
	LIES(header->csum_start = 0xffff, ALL);
	LIES(header->csum_offset = 0xffff, ALL);
	LIES((header->gso_type = 0, header->csum_offset = built.length - built.tcp - 1), ALL);
	LIES(header->csum_offset = 6, ALL);
	LIES(header->csum_start += 4, ALL);
	LIES(header->gso_size = 0, ALL);
	LIES(header->gso_size = 1, ALL); /* 5,000 pieces */
	LIES(header->flags = 0, ALL);
	LIES(header->gso_type = VIRTIO_NET_HDR_GSO_TCPV6, ALL);
	LIES(header->gso_type = VIRTIO_NET_HDR_GSO_UDP, ALL);
	LIES(header->gso_type = VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN, ALL);
	LIES(header->gso_type = 77, ALL);
	/* Not negotiated. */
	LIES((void)0, RING_CSUM);
	LIES((void)0, RING_CSUM | RING_TSO6);
	LIES(built.bytes[12] = 9, ALL);
	LIES(built.bytes[built.network] = 0x55, ALL);
	LIES(built.bytes[built.network] = 0x44, ALL);
	LIES(built.bytes[built.network] = 0x4f, ALL);
	LIES(built.bytes[built.network + 9] = 17, ALL);
	LIES(built.bytes[built.network + 6] = 0x20, ALL); /* a fragment */
	LIES(built.bytes[built.network + 7] = 1, ALL);
	LIES(built.bytes[built.tcp + 12] = 0x40, ALL);
	LIES((built.length = built.tcp + 24, built.bytes[built.tcp + 12] = 0xf0), ALL);
	LIES(built.length = built.tcp + 19, ALL);
	LIES(built.length = 14 + 65536, ALL); /* more than IP can say */
	LIES(memcpy(built.bytes + 12, "\x81\0\0\x01\x81\0\0\x01\x81\0\0\x01\x08\0", 14), ALL);
#undef LIES
	build(&built, &good6);
	built.bytes[built.network + 6] = 43; /* routing */
	lay_out(&built, 700);
	assert_int_equal(flags_of(&built, ALL), FRAME_BAD_OFFLOAD);
	build(&built, &good6);
	built.bytes[built.network] = 0x45;
	lay_out(&built, 700);
	assert_int_equal(flags_of(&built, ALL), FRAME_BAD_OFFLOAD);
	/* Extension headers up to the end of what is looked at, and further. */
	build(&built, &good6);
	built.bytes[built.network + 6] = 60;
	for (int i = 54; i < 4000; i += 8)
		memcpy(built.bytes + i, "\x3c\0", 2);
	lay_out(&built, 700);
	assert_int_equal(flags_of(&built, ALL), FRAME_BAD_OFFLOAD);
	/* Shorter than any header. */
	for (uint32_t length = 0; length < 54; length++) {
		build(&built, length % 2 ? &good : &good6);
		built.length = length;
		lay_out(&built, 700);
		assert_int_equal(flags_of(&built, ALL), FRAME_BAD_OFFLOAD);
	}
}

static void
what_is_no_lie_is_kept(void **state)
{
	uint8_t header[10];

	(void)state;
	build(&built, &(struct sample){.payload = 5000, .segment_size = 1460});
	/* A hint, and a flag that is the device's: neither counts. */
	built.header.hdr_len = 9999;
	built.header.flags |= VIRTIO_NET_HDR_F_DATA_VALID;
	assert_int_equal(flags_of(&built, ALL), FRAME_PARTIAL | FRAME_TSO4);
	assert_int_equal(frame_wire_length(&built.frame), 54 + 1460);
	vnet_header_write(&built.frame, header);
	built.header.hdr_len = 54;
	built.header.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	assert_memory_equal(header, &built.header, sizeof(header));
	built.header = (struct virtio_net_hdr){0};
	assert_int_equal(flags_of(&built, ALL), 0);
	assert_int_equal(frame_wire_length(&built.frame), built.length);
	vnet_header_write(&built.frame, header);
	assert_memory_equal(header, &built.header, sizeof(header));
	built.frame.offload.flags = FRAME_VALID;
	vnet_header_write(&built.frame, header);
	assert_int_equal(header[0], VIRTIO_NET_HDR_F_DATA_VALID);
}

/* Whatever it says and carries: it is refused, or it can be completed. */
static void
nonsense_does_no_harm(void **state)
{
	static struct gso_frames room;
	static uint8_t got[80000];
	uint32_t believed = 0;

	(void)state;
	srand(1);
	for (int i = 0; i < 200000; i++) {
		const struct sample *sample = &samples[i % RTE_DIM(samples)];
		uint8_t header[VNET_HEADER_MAX] = {0};
		struct gso gso;
		const struct frame *piece;
		struct sample small = *sample;
		uint32_t sent = 0;

		small.payload %= 3000;
		if (i % 64 == 0 || i < (int)RTE_DIM(samples))
			build(&built, &small);
		for (int n = rand() % 4; n > 0; n--)
			built.bytes[rand() % 200] = rand();
		lay_out(&built, 1 + rand() % 300 + built.length / 400);
		memcpy(header, &built.header, sizeof(built.header));
		for (int n = rand() % 3; n > 0; n--)
			header[rand() % 10] = rand() % 3 ? rand() % 80 : rand();
		vnet_header_read(&built.frame, header, ALL);
		if (!(built.frame.offload.flags & FRAME_UNFINISHED))
			continue;
		believed++;
		gso_clear(&room);
		gso_begin(&gso, &built.frame);
		while (!gso.done) {
			piece = gso_next(&gso, &room);
			if (!piece) {
				gso_clear(&room);
				continue;
			}
			assert_true(piece->length <= frame_wire_length(&built.frame));
			bytes_of(piece, got);
			sent += piece->length - built.frame.offload.header_length;
		}
		assert_int_equal(sent, built.length - built.frame.offload.header_length);
	}
	assert_in_range(believed, 1000, 199000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_are_as_tcp_would_send_them),
		cmocka_unit_test(checksums_are_completed),
		cmocka_unit_test(a_checksum_may_stand_anywhere),
		cmocka_unit_test(no_checksum_becomes_zero),
		cmocka_unit_test(lies_are_told_apart),
		cmocka_unit_test(what_is_no_lie_is_kept),
		cmocka_unit_test(nonsense_does_no_harm),
	};

	return cmocka_run_group_tests_name("offload", tests, NULL, NULL);
}
