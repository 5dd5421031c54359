#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "guard_fixture.h"

#define PASSES DROP_REASONS
#define NONE "0.0.0.0"
#define ALL "255.255.255.255"
#define SERVER "10.0.0.1"

struct ipv4_case {
	const char *from, *to;
	uint8_t protocol;
	uint16_t source, target; /* ports */
	uint32_t options;
	uint16_t fragment;
	enum drop drop;
};

static void
ipv4_frames(void **state)
{
	static const struct ipv4_case cases[] = {
		{OWN, OTHER, IPPROTO_TCP, 1, 2, 0, 0, PASSES},
		{OTHER, SERVER, IPPROTO_TCP, 1, 2, 0, 0, DROP_SPOOFED_IP},
		{OWN, OTHER, IPPROTO_UDP, 1, 2, 0, 0, PASSES},
		{OTHER, SERVER, IPPROTO_UDP, 1, 2, 0, 0, DROP_SPOOFED_IP},
		{OWN, OTHER, IPPROTO_ICMP, 1, 2, 40, 0, PASSES},
		{OTHER, SERVER, IPPROTO_ICMP, 1, 2, 40, 0, DROP_SPOOFED_IP},
		/* Every part of a fragmented datagram says whose it is. */
		{OTHER, SERVER, IPPROTO_UDP, 1, 2, 0, 0x2000, DROP_SPOOFED_IP},
		{OTHER, SERVER, IPPROTO_UDP, 1, 2, 0, 0x0010, DROP_SPOOFED_IP},
		{OWN, OTHER, IPPROTO_UDP, 67, 68, 0, 0x0010, PASSES},
		/* Before it has an address. */
		{NONE, ALL, IPPROTO_UDP, 68, 67, 0, 0, PASSES},
		{NONE, ALL, IPPROTO_UDP, 68, 69, 0, 0, DROP_SPOOFED_IP},
		{NONE, ALL, IPPROTO_UDP, 69, 67, 0, 0, DROP_SPOOFED_IP},
		{NONE, ALL, IPPROTO_UDP, 68, 67, 0, 0x0010, DROP_SPOOFED_IP},
		{NONE, ALL, IPPROTO_TCP, 68, 67, 0, 0, DROP_SPOOFED_IP},
		{NONE, ALL, IPPROTO_ICMP, 0, 0, 0, 0, DROP_SPOOFED_IP},
		/* As a server, from wherever. */
		{OWN, ALL, IPPROTO_UDP, 67, 68, 0, 0, DROP_ROGUE_SERVER},
		{OWN, OTHER, IPPROTO_UDP, 4000, 68, 0, 0, DROP_ROGUE_SERVER},
		{OWN, OTHER, IPPROTO_UDP, 67, 68, 40, 0, DROP_ROGUE_SERVER},
		{OWN, OTHER, IPPROTO_UDP, 67, 68, 0, 0x2000, DROP_ROGUE_SERVER},
		{OTHER, ALL, IPPROTO_UDP, 67, 68, 0, 0, DROP_ROGUE_SERVER},
		{OWN, OTHER, IPPROTO_TCP, 67, 68, 0, 0, PASSES},
	};
	static const int tags[] = {0, 0x8100, 0x88a8, 0x9100};

	(void)state;
	for (size_t t = 0; t < 4; t++)
		for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
			const struct ipv4_case *one = &cases[i];

			eth(0x800);
			if (tags[t])
				tag(tags[t], 0x800);
			ipv4(one->from, one->to, one->protocol, one->options, one->fragment);
			udp(one->source, one->target);
			dhcp(1, 1, NONE, NONE, guest_mac, 0);
			if (sent() != one->drop)
				fail_msg("case %zu, tag %x: %d, not %d", i, tags[t], sent(),
					one->drop);
		}
}

static void
cut_short(void **state)
{
	(void)state;
	for (uint32_t n = 14; n < 14 + 20 + 4; n++) {
		eth(0x800);
		ipv4(OWN, OTHER, IPPROTO_UDP, 0, 0);
		udp(1, 2);
		length = n;
		assert_int_equal(sent(), DROP_UNREADABLE);
	}
	length++;
	assert_int_equal(sent(), PASSES);
	for (uint32_t n = 14; n < 14 + 28; n++) {
		eth(0x806);
		arp(1, guest_mac, OWN);
		length = n;
		assert_int_equal(sent(), DROP_UNREADABLE);
	}
	/* No version 4, a header shorter than any, and one longer than the frame. */
	eth(0x800);
	ipv4(OWN, OTHER, IPPROTO_TCP, 0, 0);
	bytes[14] = 0x55;
	assert_int_equal(sent(), DROP_UNREADABLE);
	bytes[14] = 0x44;
	assert_int_equal(sent(), DROP_UNREADABLE);
	eth(0x800);
	ipv4(OWN, OTHER, IPPROTO_UDP, 0, 0);
	bytes[14] = 0x4f;
	assert_int_equal(sent(), DROP_UNREADABLE);
}

static void
tags_hide_nothing(void **state)
{
	static const uint16_t types[] = {0x8100, 0x88a8, 0x9100, 0x9200, 0x9300};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		eth(0x800);
		tag(types[i], 0x800);
		tag(types[4 - i], 0x800);
		ipv4(OWN, OTHER, IPPROTO_TCP, 0, 0);
		assert_int_equal(sent(), DROP_UNREADABLE);
		eth(0x800);
		tag(types[i], 0x800);
		length -= 3;
		assert_int_equal(sent(), DROP_UNREADABLE);
		eth(0x806);
		tag(types[i], 0x806);
		arp(2, guest_mac, OTHER);
		assert_int_equal(sent(), DROP_SPOOFED_ARP);
	}
}

static void
arp_frames(void **state)
{
	static const struct {
		uint16_t op;
		const uint8_t *mac;
		const char *address;
		enum drop drop;
	} cases[] = {
		{1, guest_mac, OWN, PASSES},
		{2, guest_mac, OWN, PASSES},
		{1, guest_mac, NONE, DROP_SPOOFED_ARP}, /* asks for OTHER */
		{2, guest_mac, NONE, DROP_SPOOFED_ARP},
		{1, guest_mac, OTHER, DROP_SPOOFED_ARP},
		{2, guest_mac, OTHER, DROP_SPOOFED_ARP},
		{1, other_mac, OWN, DROP_SPOOFED_ARP},
		{2, other_mac, OWN, DROP_SPOOFED_ARP},
		{3, guest_mac, OWN, DROP_SPOOFED_ARP},
		{0, guest_mac, OWN, DROP_SPOOFED_ARP},
		{9, guest_mac, OWN, DROP_SPOOFED_ARP},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		eth(0x806);
		arp(cases[i].op, cases[i].mac, cases[i].address);
		if (sent() != cases[i].drop)
			fail_msg("case %zu: %d, not %d", i, sent(), cases[i].drop);
	}
	/* Of another kind of network, or address. */
	for (uint32_t at = 14; at < 20; at++) {
		eth(0x806);
		arp(1, guest_mac, OWN);
		bytes[at] ^= 0x10;
		assert_int_equal(sent(), DROP_SPOOFED_ARP);
	}
}

static void
others(void **state)
{
	static const uint16_t types[] = {0x88cc, 0x8847, 0x8863, 0x835, 0x100, 0x88f5};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		eth(types[i]);
		fill(46);
		assert_int_equal(sent(), DROP_OTHER_PROTOCOL);
		assert_int_equal(comes(), DROP_OTHER_PROTOCOL);
	}
	/* QEMU announces the guest, and nobody else. */
	eth(0x8035);
	arp(3, guest_mac, NONE);
	memcpy(bytes + 32, guest_mac, 6);
	memset(bytes + 38, 0, 4);
	assert_int_equal(sent(), PASSES);
	assert_int_equal(comes(), PASSES);
	bytes[41] = 1;
	assert_int_equal(sent(), DROP_OTHER_PROTOCOL);
	/* What has no guard is another protocol, both ways. */
	assert_true(guard_parse(&guards.checks, "ipv4,others"));
	eth(0x806);
	arp(1, guest_mac, OWN);
	assert_int_equal(sent(), DROP_OTHER_PROTOCOL);
	assert_int_equal(comes(), DROP_OTHER_PROTOCOL);
	eth(0x86dd);
	ipv6(OWN_6, OTHER_6, IPPROTO_TCP);
	assert_int_equal(sent(), DROP_OTHER_PROTOCOL);
	assert_int_equal(comes(), DROP_OTHER_PROTOCOL);
	eth(0x800);
	ipv4(OTHER, OWN, IPPROTO_TCP, 0, 0);
	assert_int_equal(comes(), PASSES);
	tag(0x8100, 0x8100);
	assert_true(guard_parse(&guards.checks, "arp"));
	eth(0x88cc);
	assert_int_equal(sent(), PASSES);
	assert_int_equal(comes(), PASSES);
}

/* One guard asks nothing that is another's. */
static void
alone(void **state)
{
	static const struct {
		const char *guards;
		enum drop ipv4, arp, answer;
	} cases[] = {
		{"ipv4", DROP_SPOOFED_IP, PASSES, PASSES},
		{"arp", PASSES, DROP_SPOOFED_ARP, PASSES},
		{"servers", PASSES, PASSES, DROP_ROGUE_SERVER},
		{"ipv6", PASSES, PASSES, PASSES},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(guard_parse(&guards.checks, cases[i].guards));
		eth(0x800);
		ipv4(OTHER, SERVER, IPPROTO_UDP, 0, 0);
		udp(1, 2);
		assert_int_equal(sent(), cases[i].ipv4);
		eth(0x806);
		arp(2, guest_mac, OTHER);
		assert_int_equal(sent(), cases[i].arp);
		eth(0x800);
		ipv4(OWN, ALL, IPPROTO_UDP, 0, 0);
		udp(67, 68);
		assert_int_equal(sent(), cases[i].answer);
	}
}

static void
words(void **state)
{
	char text[GUARD_LIST_MAX + 1];
	uint8_t checks;

	(void)state;
	assert_true(guard_parse(&checks, "others,arp,ipv4,arp"));
	guard_print(checks, text);
	assert_string_equal(text, "ipv4,arp,others");
	assert_false(guard_parse(&checks, ""));
	assert_false(guard_parse(&checks, "arp,"));
	assert_false(guard_parse(&checks, ",arp"));
	assert_false(guard_parse(&checks, "ARP"));
	assert_false(guard_parse(&checks, "arp ipv4"));
	assert_false(guard_parse(&checks, "ar"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ipv4_frames, guard_set_up),
		cmocka_unit_test_setup(cut_short, guard_set_up),
		cmocka_unit_test_setup(tags_hide_nothing, guard_set_up),
		cmocka_unit_test_setup(arp_frames, guard_set_up),
		cmocka_unit_test_setup(others, guard_set_up),
		cmocka_unit_test_setup(alone, guard_set_up),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
