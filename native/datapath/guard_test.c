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
		{1, guest_mac, NONE, PASSES},
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

static enum drop
answer(const char *server, const char *address, const uint8_t mac[6], uint8_t type, uint32_t lease)
{
	eth(0x800);
	ipv4(server, ALL, IPPROTO_UDP, 0, 0);
	udp(67, 68);
	dhcp(2, type, NONE, address, mac, lease);
	return comes();
}

static enum drop
speaks(const char *address)
{
	eth(0x800);
	ipv4(address, SERVER, IPPROTO_TCP, 0, 0);
	fill(20);
	return sent();
}

static void
learns_from_dhcp(void **state)
{
	(void)state;
	memset(&guards.addresses, 0, sizeof(guards.addresses));
	guards.learning = ADDRESS_LEARNING_DHCP;
	assert_int_equal(speaks("10.0.0.9"), DROP_SPOOFED_IP);
	eth(0x806);
	arp(1, guest_mac, "10.0.0.9");
	assert_int_equal(sent(), DROP_SPOOFED_ARP);
	/* An offer, one for another, a refusal, one without a lease, and nobody's address. */
	assert_int_equal(answer(SERVER, "10.0.0.9", guest_mac, 2, 60), PASSES);
	assert_int_equal(answer(SERVER, "10.0.0.9", other_mac, 5, 60), PASSES);
	assert_int_equal(answer(SERVER, "10.0.0.9", guest_mac, 6, 60), PASSES);
	assert_int_equal(answer(SERVER, "10.0.0.9", guest_mac, 5, 0), PASSES);
	assert_int_equal(answer(SERVER, "224.0.0.9", guest_mac, 5, 60), PASSES);
	assert_true(learned_is_empty(&learned, now));
	answer(SERVER, "10.0.0.9", guest_mac, 5, 60);
	assert_int_equal(speaks("10.0.0.9"), PASSES);
	assert_int_equal(speaks("10.0.0.8"), DROP_SPOOFED_IP);
	now += 59;
	assert_int_equal(speaks("10.0.0.9"), PASSES);
	answer(SERVER, "10.0.0.9", guest_mac, 5, 60);
	now += 59;
	assert_int_equal(speaks("10.0.0.9"), PASSES);
	now++;
	assert_int_equal(speaks("10.0.0.9"), DROP_SPOOFED_IP);
	answer(SERVER, "10.0.0.9", guest_mac, 5, UINT32_MAX);
	now = UINT32_MAX - 1;
	assert_int_equal(speaks("10.0.0.9"), PASSES);
	/* Given back. */
	eth(0x800);
	ipv4("10.0.0.9", SERVER, IPPROTO_UDP, 0, 0);
	udp(68, 67);
	dhcp(1, 7, "10.0.0.9", NONE, guest_mac, 0);
	assert_int_equal(sent(), PASSES);
	assert_int_equal(speaks("10.0.0.9"), DROP_SPOOFED_IP);
}

/* Every length of an answer is read within its bytes, and learnt from only if it is whole. */
static void
answers_cut_short(void **state)
{
	uint32_t whole;

	(void)state;
	guards.learning = ADDRESS_LEARNING_DHCP;
	answer(SERVER, "10.0.0.9", guest_mac, 5, 60);
	assert_false(learned_is_empty(&learned, now));
	learned_clear(&learned);
	whole = length;
	for (uint32_t n = 0; n < whole - 1; n++) {
		length = n;
		(void)comes();
		assert_true(learned_is_empty(&learned, now));
	}
	/* An option that says it is longer than the message. */
	length = whole;
	bytes[whole - 6] = 200;
	(void)comes();
	assert_true(learned_is_empty(&learned, now));
}

static void
learns_a_few(void **state)
{
	(void)state;
	guards.learning = ADDRESS_LEARNING_DHCP;
	for (uint8_t i = 0; i < 5; i++) {
		char address[] = "10.0.1.0";

		address[7] = (char)('0' + i);
		answer(SERVER, address, guest_mac, 5, 100 - i);
	}
	/* The fifth took the place of that which ended first. */
	assert_int_equal(speaks("10.0.1.3"), DROP_SPOOFED_IP);
	assert_int_equal(speaks("10.0.1.0"), PASSES);
	assert_int_equal(speaks("10.0.1.4"), PASSES);
	assert_int_equal(speaks(OWN), PASSES);
}

static void
learns_the_first(void **state)
{
	(void)state;
	memset(&guards.addresses, 0, sizeof(guards.addresses));
	guards.learning = ADDRESS_LEARNING_ANY;
	eth(0x806);
	arp(1, guest_mac, NONE);
	assert_int_equal(sent(), PASSES);
	assert_int_equal(speaks("224.0.0.1"), DROP_SPOOFED_IP);
	eth(0x806);
	arp(1, other_mac, "10.0.0.8");
	assert_int_equal(sent(), DROP_SPOOFED_ARP);
	assert_int_equal(speaks("10.0.0.9"), PASSES);
	assert_int_equal(speaks("10.0.0.8"), DROP_SPOOFED_IP);
	assert_int_equal(speaks("10.0.0.9"), PASSES);
	/* Not if it was told one. */
	guard_set_up(state);
	guards.learning = ADDRESS_LEARNING_ANY;
	assert_int_equal(speaks("10.0.0.9"), DROP_SPOOFED_IP);
}

static void
chosen_servers(void **state)
{
	(void)state;
	assert_true(address_list_parse(&guards.servers, SERVER));
	guards.learning = ADDRESS_LEARNING_DHCP;
	assert_int_equal(answer(SERVER, "10.0.0.9", guest_mac, 5, 60), PASSES);
	learned_clear(&learned);
	assert_int_equal(answer(OTHER, "10.0.0.9", guest_mac, 5, 60), DROP_ROGUE_SERVER);
	assert_true(learned_is_empty(&learned, now));
	eth(0x800);
	ipv4(OTHER, OWN, IPPROTO_UDP, 0, 0);
	udp(4000, 68);
	assert_int_equal(comes(), DROP_ROGUE_SERVER);
	/* Where ports cannot be seen nobody is let off; later fragments have none. */
	eth(0x800);
	ipv4(OTHER, OWN, IPPROTO_UDP, 40, 0);
	udp(67, 68);
	assert_int_equal(comes(), DROP_UNREADABLE);
	eth(0x800);
	ipv4(OTHER, OWN, IPPROTO_UDP, 0, 0x10);
	udp(67, 68);
	assert_int_equal(comes(), PASSES);
	eth(0x800);
	ipv4(OTHER, OWN, IPPROTO_UDP, 0, 0);
	udp(53, 4000);
	assert_int_equal(comes(), PASSES);
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
		cmocka_unit_test_setup(learns_from_dhcp, guard_set_up),
		cmocka_unit_test_setup(answers_cut_short, guard_set_up),
		cmocka_unit_test_setup(learns_a_few, guard_set_up),
		cmocka_unit_test_setup(learns_the_first, guard_set_up),
		cmocka_unit_test_setup(chosen_servers, guard_set_up),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
