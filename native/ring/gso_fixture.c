/*
 * Test fixture: unfinished TCP frames of a guest (gso_fixture.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <rte_common.h>

#include "gso_fixture.h"

struct built built;

uint16_t
word(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

uint32_t
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

uint16_t
sum16(uint32_t start, const uint8_t *bytes, uint32_t n)
{
	uint64_t sum = start;

	for (uint32_t i = 0; i < n; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

uint16_t
pseudo_sum(const uint8_t *network, bool ipv6, uint8_t protocol, uint32_t length)
{
	return ipv6 ? sum16(protocol + length, network + 8, 32)
		    : sum16(protocol + length, network + 12, 8);
}

void
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

void
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

uint8_t
flags_of(struct built *b, uint8_t features)
{
	uint8_t header[VNET_HEADER_MAX] = {0};

	memcpy(header, &b->header, sizeof(b->header));
	vnet_header_read(&b->frame, header, features);
	return b->frame.offload.flags;
}

uint32_t
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
