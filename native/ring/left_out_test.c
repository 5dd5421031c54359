/*
 * Tests of telling a checksum that was left out from one that is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include "gso_fixture.h"
#include "left_out.h"

static const struct sample samples[] = {
	{.name = "IPv4", .payload = 1000},
	{.name = "without data"},
	{.name = "IPv4, odd", .payload = 777, .tags = 1},
	{.name = "options", .payload = 10, .ip_options = 40, .tcp_options = 40, .tags = 2},
	{.name = "IPv6", .payload = 1000, .ipv6 = true},
	{.name = "IPv6, extension", .payload = 3, .ipv6 = true, .ip_options = 16, .tags = 1},
};

/* What is found in the frame as it is now. */
static uint8_t
found(void)
{
	lay_out(&built, 700);
	built.frame.offload = (struct frame_offload){0};
	frame_find_left_out(&built.frame);
	return built.frame.offload.flags;
}

static void
make_udp(const struct sample *sample)
{
	uint8_t *ip = built.bytes + built.network, *udp = built.bytes + built.tcp;
	uint32_t length = built.length - built.tcp;

	ip[sample->ipv6 ? 6 : 9] = 17;
	memset(udp, 0, 8);
	udp[4] = length >> 8;
	udp[5] = (uint8_t)length;
	*(uint16_t *)(void *)(udp + 6) = rte_cpu_to_be_16(pseudo_sum(ip, sample->ipv6, 17, length));
}

/* Fills the checksum in, as whoever completes it does. */
static void
complete(uint16_t at, uint8_t protocol, bool ipv6)
{
	uint32_t length = built.length - built.tcp;
	uint16_t sum;

	memset(built.bytes + at, 0, 2);
	sum = ~sum16(pseudo_sum(built.bytes + built.network, ipv6, protocol, length),
		built.bytes + built.tcp, length);
	built.bytes[at] = sum >> 8;
	built.bytes[at + 1] = (uint8_t)sum;
}

static void
left_out_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(samples); i++) {
		build(&built, &samples[i]);
		assert_int_equal(found(), FRAME_PARTIAL);
		assert_int_equal(built.frame.offload.checksum_start, built.tcp);
		assert_int_equal(built.frame.offload.checksum_offset, 16);
		complete(built.tcp + 16, 6, samples[i].ipv6);
		assert_int_equal(found(), 0);
	}
}

static void
left_out_of_udp_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(samples); i++) {
		if (samples[i].ip_options)
			continue;
		build(&built, &samples[i]);
		make_udp(&samples[i]);
		assert_int_equal(found(), FRAME_PARTIAL);
		assert_int_equal(built.frame.offload.checksum_start, built.tcp);
		assert_int_equal(built.frame.offload.checksum_offset, 6);
		complete(built.tcp + 6, 17, samples[i].ipv6);
		assert_int_equal(found(), 0);
		/* None at all, which UDP allows. */
		memset(built.bytes + built.tcp + 6, 0, 2);
		assert_int_equal(found(), 0);
	}
}

static void
other_frames_are_as_they_were(void **state)
{
	static const struct sample good = {.payload = 100}, good6 = {.ipv6 = true, .payload = 100};

	(void)state;
#define OTHER(sample, what)                                                                        \
	do {                                                                                       \
		build(&built, &(sample));                                                          \
		what;                                                                              \
		assert_int_equal(found(), 0);                                                      \
	} while (0)
	OTHER(good, built.bytes[built.network + 6] = 0x20); /* fragments */
	OTHER(good, built.bytes[built.network + 7] = 1);
	OTHER(good, built.bytes[built.network] = 0x44);
	OTHER(good, built.bytes[built.network] = 0x55);
	OTHER(good, built.bytes[built.network + 9] = 132); /* SCTP has another sum */
	OTHER(good, built.bytes[built.network + 15]++);
	OTHER(good, built.length += 6); /* something is behind it */
	OTHER(good, built.length -= 1);
	OTHER(good, memset(built.bytes + built.network + 2, 0, 2));
	OTHER(good, memset(built.bytes + 12, 9, 2));
	OTHER(good6, built.bytes[built.network + 6] = 43); /* routing */
	OTHER(good6, built.bytes[built.network + 6] = 44); /* a fragment */
	OTHER(good6, memset(built.bytes + built.network + 4, 0, 2));
#undef OTHER
	for (uint32_t length = 0; length < 74; length++) {
		build(&built, length % 2 ? &good : &good6);
		built.length = length;
		assert_int_equal(found(), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(left_out_is_found),
		cmocka_unit_test(left_out_of_udp_is_found),
		cmocka_unit_test(other_frames_are_as_they_were),
	};

	return cmocka_run_group_tests_name("left_out", tests, NULL, NULL);
}
