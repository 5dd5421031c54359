/*
 * Tests of SCTP's checksums, which this kernel may not have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <linux/virtio_net.h>
#include <string.h>

#include "host_rings.h"
#include "packet_sctp.h"

#include "../ring/gso_fixture.h"

static uint8_t place[HOST_HEADER + FRAME_MAX], before[HOST_HEADER + FRAME_MAX];

/* Bit by bit, unlike the tested one (RFC 9260, appendix A). */
static uint32_t
crc32c(const uint8_t *bytes, uint32_t n)
{
	uint32_t crc = UINT32_MAX;

	for (uint32_t i = 0; i < n; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static uint32_t
make(const struct sample *sample, uint8_t protocol)
{
	struct virtio_net_hdr header = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_offset = 8};

	build(&built, sample);
	built.bytes[built.network + (sample->ipv6 ? 6 : 9)] = protocol;
	header.csum_start = built.tcp;
	memset(place, 0, HOST_HEADER);
	memcpy(place, &header, sizeof(header));
	memcpy(place + HOST_HEADER, built.bytes, built.length);
	memcpy(before, place, HOST_HEADER + built.length);
	return HOST_HEADER + built.length;
}

static void
it_is_completed(void **state)
{
	static const struct sample samples[] = {
		{.payload = 1001}, {.payload = 0, .tags = 1}, {.payload = 77, .ipv6 = true}};
	static const uint8_t none[HOST_HEADER];

	(void)state;
	assert_int_equal(crc32c((const uint8_t *)"123456789", 9), 0xe3069283);
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		uint32_t n = make(&samples[i], 132), crc;
		const uint8_t *found = place + HOST_HEADER + built.tcp + 8;

		packet_sctp_complete(place, n);
		assert_memory_equal(place, none, HOST_HEADER);
		memset(built.bytes + built.tcp + 8, 0, 4);
		crc = crc32c(built.bytes + built.tcp, built.length - built.tcp);
		assert_int_equal(found[0] | found[1] << 8 | found[2] << 16, crc & 0xffffff);
		assert_int_equal(found[3], crc >> 24);
		memcpy(built.bytes + built.tcp + 8, found, 4);
		assert_memory_equal(place + HOST_HEADER, built.bytes, built.length);
	}
}

static void
others_stay_as_they_are(void **state)
{
	static const struct sample good = {.payload = 100};
	uint32_t n;

	(void)state;
#define OTHER(protocol, what)                                                                      \
	do {                                                                                       \
		n = make(&good, protocol);                                                         \
		what;                                                                              \
		memcpy(before, place, n);                                                          \
		packet_sctp_complete(place, n);                                                    \
		assert_memory_equal(place, before, n);                                             \
	} while (0)
	OTHER(6, (void)0);
	OTHER(17, (void)0);
	OTHER(132, place[0] = 0);
	OTHER(132, place[6]++);
	OTHER(132, place[8] = 6);
	OTHER(132, place[HOST_HEADER + built.network + 6] = 0x20); /* a fragment */
	OTHER(132, n = HOST_HEADER + built.tcp + 11);
#undef OTHER
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_completed),
		cmocka_unit_test(others_stay_as_they_are),
	};

	return cmocka_run_group_tests_name("packet_sctp", tests, NULL, NULL);
}
