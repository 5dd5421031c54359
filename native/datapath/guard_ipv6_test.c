#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>

#include "guard_fixture.h"

#define PASSES DROP_REASONS
#define HOPS 0
#define FRAGMENT 44
#define ROUTERS "ff02::1"

static enum drop
tcp_from(const char *address)
{
	eth(0x86dd);
	ipv6(address, OTHER_6, IPPROTO_TCP);
	fill(20);
	return sent();
}

static void
sources(void **state)
{
	(void)state;
	assert_int_equal(tcp_from(OWN_6), PASSES);
	assert_int_equal(tcp_from(OTHER_6), DROP_SPOOFED_IP);
	assert_int_equal(tcp_from(OWN_LOCAL), PASSES);
	assert_int_equal(tcp_from(OTHER_LOCAL), DROP_SPOOFED_IP);
	assert_int_equal(tcp_from("fe80::1"), DROP_SPOOFED_IP);
	assert_int_equal(tcp_from("::"), DROP_SPOOFED_IP);
	assert_int_equal(tcp_from("::ffff:10.0.0.5"), DROP_SPOOFED_IP);
}

static enum drop
udp_between(const char *address, uint16_t from, uint16_t to, unsigned int extensions)
{
	eth(0x86dd);
	ipv6(address, "ff02::1:2", extensions ? HOPS : IPPROTO_UDP);
	for (unsigned int i = 1; i <= extensions; i++)
		extension(i < extensions ? IPPROTO_DSTOPTS : IPPROTO_UDP, 0);
	udp(from, to);
	return sent();
}

static void
dhcp_of_ipv6(void **state)
{
	(void)state;
	assert_int_equal(udp_between(OWN_6, 1, 2, 0), PASSES);
	assert_int_equal(udp_between("fe80::1", 546, 547, 0), PASSES);
	assert_int_equal(udp_between("fe80::1", 546, 548, 0), DROP_SPOOFED_IP);
	assert_int_equal(udp_between(OTHER_6, 546, 547, 0), DROP_SPOOFED_IP);
	assert_int_equal(udp_between("::", 546, 547, 0), DROP_SPOOFED_IP);
	/* However many headers it hides behind. */
	for (unsigned int n = 0; n <= 16; n++) {
		assert_int_equal(udp_between(OWN_6, 547, 546, n), DROP_ROGUE_SERVER);
		assert_int_equal(udp_between(OWN_6, 547, 547, n), PASSES);
	}
	assert_int_equal(udp_between(OWN_6, 547, 547, 17), DROP_UNREADABLE);
	assert_true(guard_parse(&guards.checks, "ipv6"));
	assert_int_equal(udp_between(OWN_6, 547, 546, 0), PASSES);
}

static enum drop
solicits(const char *from, const char *target, const uint8_t *mac)
{
	eth(0x86dd);
	ipv6(from, ROUTERS, IPPROTO_ICMPV6);
	icmp(135, 0);
	put_address(target);
	if (mac)
		mac_option(1, mac);
	return sent();
}

static enum drop
advertises(const char *from, const char *target, const uint8_t *mac)
{
	eth(0x86dd);
	ipv6(from, ROUTERS, IPPROTO_ICMPV6);
	icmp(136, 0);
	put_address(target);
	if (mac)
		mac_option(2, mac);
	return sent();
}

static void
discovery(void **state)
{
	(void)state;
	assert_int_equal(solicits(OWN_6, OTHER_6, guest_mac), PASSES);
	assert_int_equal(solicits(OWN_LOCAL, "fe80::1", guest_mac), PASSES);
	assert_int_equal(solicits(OWN_6, OTHER_6, NULL), PASSES);
	assert_int_equal(solicits(OWN_6, OTHER_6, other_mac), DROP_SPOOFED_ND);
	assert_int_equal(solicits(OTHER_6, OWN_6, guest_mac), DROP_SPOOFED_IP);
	/* Is anybody else me? */
	assert_int_equal(solicits("::", OWN_6, NULL), PASSES);
	assert_int_equal(solicits("::", OWN_LOCAL, NULL), PASSES);
	assert_int_equal(solicits("::", OTHER_6, NULL), DROP_SPOOFED_ND);

	assert_int_equal(advertises(OWN_6, OWN_6, guest_mac), PASSES);
	assert_int_equal(advertises(OWN_LOCAL, OWN_6, guest_mac), PASSES);
	assert_int_equal(advertises(OWN_6, OTHER_6, guest_mac), DROP_SPOOFED_ND);
	assert_int_equal(advertises(OWN_6, "fe80::1", guest_mac), DROP_SPOOFED_ND);
	assert_int_equal(advertises(OWN_6, OWN_6, other_mac), DROP_SPOOFED_ND);
	assert_int_equal(advertises("::", OWN_6, guest_mac), DROP_SPOOFED_IP);
	/* The wrong option behind a right one, or beyond what is read. */
	advertises(OWN_6, OWN_6, guest_mac);
	mac_option(2, other_mac);
	assert_int_equal(sent(), DROP_SPOOFED_ND);
	advertises(OWN_6, OWN_6, guest_mac);
	for (int i = 0; i < 14; i++)
		mac_option(14, guest_mac);
	assert_int_equal(sent(), DROP_UNREADABLE);
	/* No length, and more than there is. */
	advertises(OWN_6, OWN_6, guest_mac);
	bytes[length - 7] = 0;
	assert_int_equal(sent(), DROP_UNREADABLE);
	bytes[length - 7] = 2;
	assert_int_equal(sent(), DROP_UNREADABLE);
}

static void
routers(void **state)
{
	(void)state;
	eth(0x86dd);
	ipv6(OWN_LOCAL, ROUTERS, IPPROTO_ICMPV6);
	icmp(133, 0);
	mac_option(1, guest_mac);
	assert_int_equal(sent(), PASSES);
	for (uint8_t type = 134; type <= 137; type += 3) {
		eth(0x86dd);
		ipv6(OWN_LOCAL, ROUTERS, IPPROTO_ICMPV6);
		icmp(type, 0);
		fill(32);
		assert_int_equal(sent(), DROP_ROGUE_SERVER);
	}
	/* Behind another header, at which some guards once stopped (RFC 7113). */
	eth(0x86dd);
	ipv6(OWN_LOCAL, ROUTERS, HOPS);
	extension(IPPROTO_DSTOPTS, 0);
	extension(IPPROTO_ICMPV6, 0);
	icmp(134, 0);
	fill(8);
	assert_int_equal(sent(), DROP_ROGUE_SERVER);
	assert_true(guard_parse(&guards.checks, "ipv6"));
	assert_int_equal(sent(), PASSES);
}

static void
listeners(void **state)
{
	(void)state;
	eth(0x86dd);
	ipv6("::", "ff02::16", HOPS);
	extension(IPPROTO_ICMPV6, 0);
	icmp(143, 0);
	assert_int_equal(sent(), PASSES);
	eth(0x86dd);
	ipv6("::", "ff02::16", IPPROTO_ICMPV6);
	icmp(128, 0);
	assert_int_equal(sent(), DROP_SPOOFED_IP);
}

static void
fragments(void **state)
{
	(void)state;
	/* Discovery comes in one piece, or not at all (RFC 6980). */
	eth(0x86dd);
	ipv6(OWN_6, ROUTERS, FRAGMENT);
	extension(IPPROTO_ICMPV6, 1);
	icmp(136, 0);
	put_address(OWN_6);
	assert_int_equal(sent(), DROP_SPOOFED_ND);
	eth(0x86dd);
	ipv6(OWN_6, OTHER_6, FRAGMENT);
	extension(IPPROTO_UDP, 1);
	udp(547, 546);
	fill(200);
	assert_int_equal(sent(), DROP_ROGUE_SERVER);
	eth(0x86dd);
	ipv6(OWN_6, OTHER_6, FRAGMENT);
	extension(IPPROTO_UDP, 1);
	udp(1, 2);
	fill(200);
	assert_int_equal(sent(), PASSES);
	eth(0x86dd);
	ipv6(OWN_6, OTHER_6, FRAGMENT);
	extension(IPPROTO_UDP, 0x10);
	fill(200);
	assert_int_equal(sent(), PASSES);
	eth(0x86dd);
	ipv6(OTHER_6, OWN_6, FRAGMENT);
	extension(IPPROTO_UDP, 0x10);
	assert_int_equal(sent(), DROP_SPOOFED_IP);
}

/* A frame that is cut anywhere passes only where what a guard asks for is there. */
static void
cut_short(void **state)
{
	uint32_t whole;

	(void)state;
	advertises(OWN_6, OTHER_6, guest_mac);
	whole = length;
	for (uint32_t n = 14; n <= whole; n++) {
		length = n;
		assert_int_not_equal(sent(), PASSES);
	}
	eth(0x86dd);
	ipv6(OWN_6, OTHER_6, IPPROTO_TCP);
	bytes[14] = 0x40;
	assert_int_equal(sent(), DROP_UNREADABLE);
}

static void
chosen_servers(void **state)
{
	(void)state;
	assert_true(address_list_parse(&guards.servers, "fe80::1"));
	udp_between("fe80::2", 547, 546, 0);
	assert_int_equal(comes(), DROP_ROGUE_SERVER);
	udp_between("fe80::1", 547, 546, 0);
	assert_int_equal(comes(), PASSES);
	udp_between("fe80::2", 547, 546, 1);
	assert_int_equal(comes(), DROP_UNREADABLE);
	udp_between("fe80::2", 1, 2, 0);
	assert_int_equal(comes(), PASSES);
	tcp_from(OTHER_6);
	assert_int_equal(comes(), PASSES);
	/* The other kind of server stays free. */
	eth(0x800);
	ipv4(OTHER, OWN, IPPROTO_UDP, 0, 0);
	udp(67, 68);
	assert_int_equal(comes(), PASSES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sources, guard_set_up),
		cmocka_unit_test_setup(dhcp_of_ipv6, guard_set_up),
		cmocka_unit_test_setup(discovery, guard_set_up),
		cmocka_unit_test_setup(routers, guard_set_up),
		cmocka_unit_test_setup(listeners, guard_set_up),
		cmocka_unit_test_setup(fragments, guard_set_up),
		cmocka_unit_test_setup(cut_short, guard_set_up),
		cmocka_unit_test_setup(chosen_servers, guard_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
