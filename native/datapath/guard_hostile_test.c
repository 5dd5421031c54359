/*
 * What a hostile guest tries against its guards: frames that they read in one way, and a receiver
 * in another.
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
#define FRAGMENT 44
#define ROUTERS "ff02::1"

/* The frame in 802.3's form: its length, LLC, SNAP with this type. */
static void
snap(uint8_t sap, uint8_t control, uint8_t organization, uint16_t type)
{
	eth(46);
	put((uint8_t[]){sap, 0xaa, control, 0, 0, organization}, 6);
	put16(type);
}

/* Windows takes IP and ARP so (CVE-2021-27861, -27862), whatever is in the other fields. */
static void
snap_hides_nothing(void **state)
{
	static const uint16_t types[] = {0x800, 0x806, 0x86dd, 0x8035, 0x8100, 0x88a8, 0x9100};
	static const char *const lists[] = {"ipv4", "ipv6", "arp", "servers", "ipv4,ipv6,arp"};

	(void)state;
	assert_true(address_list_parse(&guards.servers, "10.0.0.1"));
	for (size_t g = 0; g < sizeof(lists) / sizeof(*lists); g++) {
		assert_true(guard_parse(&guards.checks, lists[g]));
		for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
			snap(0xaa, 3, 0, types[i]);
			arp(2, guest_mac, OTHER);
			assert_int_equal(sent(), DROP_UNREADABLE);
			assert_int_equal(comes(), DROP_UNREADABLE);
			snap(0xab, 0x13, 0xf8, types[i]);
			bytes[12] = 5;
			arp(2, guest_mac, OTHER);
			assert_int_equal(sent(), DROP_UNREADABLE);
		}
		/* Behind a tag of VLAN 0, too. */
		eth(0x8100);
		put16(0);
		put16(46);
		put((uint8_t[]){0xaa, 0xaa, 3, 0, 0, 0, 8, 6}, 8);
		arp(2, guest_mac, OTHER);
		assert_int_equal(sent(), DROP_UNREADABLE);
	}
	/* Cisco's own, spanning tree, and what ends before a type. */
	snap(0xaa, 3, 0x0c, 0x2000);
	assert_int_equal(sent(), PASSES);
	eth(38);
	put((uint8_t[]){0x42, 0x42, 3, 0, 0, 0, 8, 0}, 8);
	assert_int_equal(sent(), PASSES);
	assert_int_equal(comes(), PASSES);
	snap(0xaa, 3, 0, 0x800);
	length--;
	assert_int_equal(sent(), PASSES);
	memset(&guards.servers, 0, sizeof(guards.servers));
	snap(0xaa, 3, 0, 0x800);
	assert_int_equal(comes(), PASSES);
}

/* Who probes keeps others that start from the address (RFC 5227, 2.1.1). */
static void
probes_are_for_its_own(void **state)
{
	uint32_t other = inet_addr(OTHER), own = inet_addr(OWN);

	(void)state;
	eth(0x806);
	arp(1, guest_mac, NONE);
	memcpy(bytes + length - 4, &other, 4);
	assert_int_equal(sent(), DROP_SPOOFED_ARP);
	memcpy(bytes + length - 4, &own, 4);
	assert_int_equal(sent(), PASSES);
	memset(&guards.addresses, 0, sizeof(guards.addresses));
	assert_int_equal(sent(), DROP_SPOOFED_ARP);
	guards.learning = ADDRESS_LEARNING_DHCP;
	assert_int_equal(sent(), DROP_SPOOFED_ARP);
	learned_add(&learned, own, now + 1, now);
	assert_int_equal(sent(), PASSES);
	now++;
	assert_int_equal(sent(), DROP_SPOOFED_ARP);
	/* Until it has chosen one. */
	learned_clear(&learned);
	guards.learning = ADDRESS_LEARNING_ANY;
	assert_int_equal(sent(), PASSES);
	assert_true(learned_is_untouched(&learned));
	learned_add(&learned, other, LEARNED_FOR_EVER, now);
	assert_int_equal(sent(), DROP_SPOOFED_ARP);
}

/* RARP of others than QEMU, which no diskless guest asks for. */
static void
rarp_announces_only(void **state)
{
	(void)state;
	eth(0x8035);
	arp(4, guest_mac, OTHER);
	assert_int_equal(sent(), DROP_OTHER_PROTOCOL);
	assert_int_equal(comes(), DROP_OTHER_PROTOCOL);
}

static enum drop
icmp_of_ipv4(uint8_t type, uint32_t options, uint16_t fragment)
{
	eth(0x800);
	ipv4(OWN, OTHER, IPPROTO_ICMP, options, fragment);
	icmp(type, 0);
	fill(20);
	return sent();
}

static void
routers_of_ipv4(void **state)
{
	(void)state;
	for (uint32_t options = 0; options <= 40; options += 40) {
		assert_int_equal(icmp_of_ipv4(8, options, 0), PASSES);
		assert_int_equal(icmp_of_ipv4(5, options, 0), DROP_ROGUE_SERVER);
		assert_int_equal(icmp_of_ipv4(9, options, 0), DROP_ROGUE_SERVER);
		assert_int_equal(icmp_of_ipv4(5, options, 0x2000), DROP_ROGUE_SERVER);
		assert_int_equal(icmp_of_ipv4(5, options, 0x0010), PASSES);
	}
	length = 34;
	bytes[14] = 0x45;
	bytes[21] = 0;
	assert_int_equal(sent(), DROP_UNREADABLE);
	/* No run of frames vouches for one. */
	icmp_of_ipv4(8, 0, 0);
	assert_false(guard_is_plain(bytes, length));
	assert_true(guard_parse(&guards.checks, "ipv4"));
	assert_int_equal(icmp_of_ipv4(5, 0, 0), PASSES);
}

/*
 * A first fragment whose options go on in the next one: what the frame has behind the packet's end,
 * which the receiver cuts off, would say what is there.
 */
static void
padding_says_nothing(void **state)
{
	static const uint8_t harmless[] = {128, 0, 0, 0, 0, 1, 0, 2};

	(void)state;
	for (int udp = 0; udp < 2; udp++) {
		eth(0x86dd);
		ipv6(OWN_6, ROUTERS, FRAGMENT);
		extension(IPPROTO_DSTOPTS, 1);
		extension(udp ? IPPROTO_UDP : IPPROTO_ICMPV6, 0);
		bytes[length - 7] = 1; /* 16 bytes of options, of which 8 are here */
		fill(8);
		put(harmless, sizeof(harmless));
		assert_int_equal(sent(), PASSES);
		bytes[14 + 5] = 16;
		assert_int_equal(sent_as_it_is(), DROP_UNREADABLE);
	}
	/* None at all: the length is in an option that is for more than a frame has (RFC 2675). */
	eth(0x86dd);
	ipv6(OWN_6, ROUTERS, 0);
	extension(IPPROTO_ICMPV6, 0);
	put(harmless, sizeof(harmless));
	bytes[14 + 5] = 0;
	assert_int_equal(sent_as_it_is(), DROP_UNREADABLE);
}

/* A guest that may send from other MACs speaks with its port's only of its addresses. */
static void
other_macs_have_none(void **state)
{
	(void)state;
	port_mac = guest_mac;
	for (int other = 0; other < 2; other++) {
		const uint8_t *mac = other ? other_mac : guest_mac;

		eth(0x806);
		memcpy(bytes + 6, mac, 6);
		arp(2, mac, OWN);
		assert_int_equal(sent(), other ? DROP_SPOOFED_ARP : PASSES);
		eth(0x86dd);
		memcpy(bytes + 6, mac, 6);
		ipv6(OWN_6, ROUTERS, IPPROTO_ICMPV6);
		icmp(136, 0);
		put_address(OWN_6);
		mac_option(2, mac);
		assert_int_equal(sent(), other ? DROP_SPOOFED_ND : PASSES);
		eth(0x86dd);
		memcpy(bytes + 6, mac, 6);
		ipv6(other ? OTHER_LOCAL : OWN_LOCAL, OTHER_6, IPPROTO_TCP);
		assert_int_equal(sent(), other ? DROP_SPOOFED_IP : PASSES);
		eth(0x800);
		memcpy(bytes + 6, mac, 6);
		ipv4(OWN, OTHER, IPPROTO_TCP, 0, 0);
		assert_int_equal(sent(), PASSES);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(snap_hides_nothing, guard_set_up),
		cmocka_unit_test_setup(probes_are_for_its_own, guard_set_up),
		cmocka_unit_test_setup(rarp_announces_only, guard_set_up),
		cmocka_unit_test_setup(routers_of_ipv4, guard_set_up),
		cmocka_unit_test_setup(other_macs_have_none, guard_set_up),
		cmocka_unit_test_setup(padding_says_nothing, guard_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
