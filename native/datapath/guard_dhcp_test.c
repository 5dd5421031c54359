/*
 * Tests of what guards learn from DHCP.
 */
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

static enum drop
answer(const char *server, const char *address, const uint8_t mac[6], uint8_t type, uint32_t lease)
{
	assert_int_equal(asks(), PASSES);
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
		learned_ask(&learned, 0);
		(void)comes();
		assert_true(learned_is_empty(&learned, now));
	}
	/* An option that says it is longer than the message. */
	length = whole;
	learned_ask(&learned, 0);
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

/* Whom a changed list of servers still believes. */
static void
servers_that_stay(void **state)
{
	static const struct {
		const char *before, *after;
		bool stay;
	} cases[] = {
		{NULL, NULL, true},
		{SERVER, NULL, true},
		{NULL, SERVER, false},
		{SERVER, SERVER, true},
		{SERVER, SERVER "," OTHER, true},
		{SERVER "," OTHER, SERVER, false},
		{SERVER, OTHER, false},
		{SERVER, "fd00::1", false},
		{"fd00::1", SERVER, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct guards before = {.checks = 0}, after = {.checks = 0};

		if (cases[i].before)
			assert_true(address_list_parse(&before.servers, cases[i].before));
		if (cases[i].after)
			assert_true(address_list_parse(&after.servers, cases[i].after));
		assert_int_equal(guards_know_servers(&after, &before), cases[i].stay);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(learns_from_dhcp, guard_set_up),
		cmocka_unit_test_setup(answers_cut_short, guard_set_up),
		cmocka_unit_test_setup(learns_a_few, guard_set_up),
		cmocka_unit_test_setup(learns_the_first, guard_set_up),
		cmocka_unit_test(servers_that_stay),
		cmocka_unit_test_setup(chosen_servers, guard_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
