/*
 * Tests of datagrams that were handed over as one, and of what only says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "host_rings.h"
#include "packet_udp.h"

#include "../ring/gso_fixture.h"

#define MERGED 5
#define SIZE 1000

static uint8_t place[HOST_HEADER + FRAME_MAX], piece[HOST_HEADER + FRAME_MAX];
static struct packet_udp udp;

static void
put_word(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = (uint8_t)value;
}

static int
protocol_at(const struct sample *sample)
{
	if (!sample->ipv6)
		return 9;
	return sample->ip_options ? 40 : 6;
}

/* Makes UDP of the fixture's TCP: its header ends where that of TCP has its flags. */
static uint32_t
make(const struct sample *sample)
{
	struct virtio_net_hdr header = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = MERGED,
		.gso_size = SIZE,
		.csum_offset = 6};

	build(&built, sample);
	built.bytes[built.network + protocol_at(sample)] = 17;
	put_word(built.bytes + built.tcp + 4, built.length - built.tcp);
	built.data = built.tcp + 8;
	header.csum_start = built.tcp;
	memset(place, 0, HOST_HEADER);
	memcpy(place, &header, sizeof(header));
	memcpy(place + HOST_HEADER, built.bytes, built.length);
	return HOST_HEADER + built.length;
}

/* Checks the piece that has `payload` bytes, of those from `at` on. */
static void
check_piece(const struct sample *sample, uint32_t at, uint32_t payload, int number)
{
	const uint8_t *frame = piece + HOST_HEADER, *ip = frame + built.network;
	uint32_t length = built.data + payload, ip_bytes = built.tcp - built.network;
	struct virtio_net_hdr header;

	memcpy(&header, piece, sizeof(header));
	assert_int_equal(header.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	assert_int_equal(header.gso_type, 0);
	assert_int_equal(header.csum_start, built.tcp);
	assert_int_equal(header.csum_offset, 6);
	assert_memory_equal(frame, built.bytes, built.network);
	assert_memory_equal(frame + built.data, built.bytes + built.data + at, payload);
	assert_int_equal(word(frame + built.tcp + 4), 8 + payload);
	assert_int_equal(
		word(frame + built.tcp + 6), pseudo_sum(ip, sample->ipv6, 17, 8 + payload));
	if (sample->ipv6) {
		assert_int_equal(word(ip + 4), length - built.network - 40);
		return;
	}
	assert_int_equal(word(ip + 2), length - built.network);
	assert_int_equal(word(ip + 4), (uint16_t)(0xfffe + number));
	assert_int_equal(sum16(0, ip, ip_bytes), 0xffff);
}

static void
each_arrives_as_it_is(void **state)
{
	static const struct sample samples[] = {
		{.payload = 6388},
		{.payload = 6388, .tags = 1},
		{.payload = 6388, .ip_options = 8, .tags = 2},
		{.payload = 6388, .ipv6 = true},
		{.payload = 6388, .ipv6 = true, .ip_options = 8, .tags = 1},
		{.payload = 100},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		uint32_t n = make(&samples[i]), at = 0, whole = built.length - built.data;
		int number = 0;

		assert_true(packet_udp_is_merged(place));
		assert_true(packet_udp_begin(&udp, place, n));
		for (; at < whole; at += SIZE, number++) {
			uint32_t payload = whole - at < SIZE ? whole - at : SIZE;

			assert_int_equal(
				packet_udp_next(&udp, piece), HOST_HEADER + built.data + payload);
			check_piece(&samples[i], at, payload, number);
		}
		assert_int_equal(packet_udp_next(&udp, piece), 0);
	}
	packet_udp_free(&udp);
	udp = (struct packet_udp){0};
}

static void
others_are_refused(void **state)
{
	static const struct sample good = {.payload = 3000};
	struct virtio_net_hdr header;
	uint32_t n;

	(void)state;
#define REFUSED(what)                                                                              \
	do {                                                                                       \
		n = make(&good);                                                                   \
		memcpy(&header, place, sizeof(header));                                            \
		what;                                                                              \
		memcpy(place, &header, sizeof(header));                                            \
		assert_false(packet_udp_begin(&udp, place, n));                                    \
		assert_int_equal(packet_udp_next(&udp, piece), 0);                                 \
	} while (0)
	REFUSED(header.gso_size = 0);
	REFUSED(header.flags = 0);
	REFUSED(header.csum_start++);
	REFUSED(place[HOST_HEADER + built.network + 9] = 6);
	REFUSED(place[HOST_HEADER + built.network] = 0x44);
	REFUSED(place[HOST_HEADER + built.network + 6] = 0x20); /* a fragment */
	REFUSED(memset(place + HOST_HEADER + 12, 9, 2));
	REFUSED(n = HOST_HEADER + built.data);
	REFUSED(n = HOST_HEADER + 14);
#undef REFUSED
	make(&good);
	place[1] = VIRTIO_NET_HDR_GSO_TCPV4;
	assert_false(packet_udp_is_merged(place));
	packet_udp_free(&udp);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_arrives_as_it_is),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests_name("packet_udp", tests, NULL, NULL);
}
