/*
 * What a hostile guest tries with DHCP: in another's name, as a relay, to itself, and to choose
 * another address.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>

#include "guard_fixture.h"

#define PASSES DROP_REASONS
#define NONE "0.0.0.0"
#define ALL "255.255.255.255"
#define SERVER "10.0.0.1"

enum { DISCOVER = 1, RELEASE = 7 };
/* Behind Ethernet, IPv4 and UDP. */
enum { MESSAGE = 42, NUMBER = MESSAGE + 4, RELAY = MESSAGE + 24 };

static void
message(uint16_t from, uint8_t op, uint8_t type, const char *client, const uint8_t mac[6])
{
	eth(0x800);
	ipv4(OWN, SERVER, IPPROTO_UDP, 0, 0);
	udp(from, 67);
	dhcp(op, type, client, NONE, mac, 0);
}

/* A server would take the lease of another, and give it to whoever asks next: this guest. */
static void
in_its_own_name(void **state)
{
	static const uint16_t ports[] = {68, 4000};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		message(ports[i], 1, DISCOVER, NONE, guest_mac);
		assert_int_equal(sent(), PASSES);
		message(ports[i], 1, RELEASE, OWN, guest_mac);
		assert_int_equal(sent(), PASSES);
		message(ports[i], 1, DISCOVER, NONE, other_mac);
		assert_int_equal(sent(), DROP_SPOOFED_IP);
		message(ports[i], 1, RELEASE, OTHER, guest_mac);
		assert_int_equal(sent(), DROP_SPOOFED_IP);
		message(ports[i], 1, RELEASE, OTHER, other_mac);
		assert_int_equal(sent(), DROP_SPOOFED_IP);
		/* Of another kind of network. */
		for (int at = 1; at <= 2; at++) {
			message(ports[i], 1, DISCOVER, NONE, guest_mac);
			bytes[MESSAGE + at]++;
			assert_int_equal(sent(), DROP_SPOOFED_IP);
		}
		/* In parts, of which only the first says who asks. */
		message(ports[i], 1, DISCOVER, NONE, guest_mac);
		bytes[20] = 0x20;
		assert_int_equal(sent(), DROP_UNREADABLE);
		message(ports[i], 1, DISCOVER, NONE, guest_mac);
		length = MESSAGE + 28 + 5;
		assert_int_equal(sent(), DROP_UNREADABLE);
	}
	/* A relay asks from a server's port. */
	message(67, 1, DISCOVER, NONE, other_mac);
	assert_int_equal(sent(), DROP_SPOOFED_IP);
	assert_true(guard_parse(&guards.checks, "ipv4"));
	assert_int_equal(sent(), PASSES);
	message(68, 1, DISCOVER, NONE, other_mac);
	assert_int_equal(sent(), DROP_SPOOFED_IP);
	assert_true(guard_parse(&guards.checks, "arp"));
	assert_int_equal(sent(), PASSES);
}

/* A relay passes answers on, to the port of clients. */
static void
answers_to_relays(void **state)
{
	(void)state;
	for (int from = 67; from <= 68; from++) {
		message((uint16_t)from, 2, 5, NONE, guest_mac);
		assert_int_equal(sent(), DROP_ROGUE_SERVER);
		message((uint16_t)from, 1, DISCOVER, NONE, guest_mac);
		bytes[RELAY + 3] = 1;
		assert_int_equal(sent(), DROP_ROGUE_SERVER);
	}
}

static enum drop
acknowledges(const char *server, const char *address, uint32_t number)
{
	eth(0x800);
	ipv4(server, ALL, IPPROTO_UDP, 0, 0);
	udp(67, 68);
	dhcp(2, 5, NONE, address, guest_mac, 60);
	memcpy(bytes + NUMBER, &number, sizeof(number));
	return comes();
}

/* Nobody who did not hear the question answers it, least of all the guest by way of a router. */
static void
answers_that_are_none(void **state)
{
	(void)state;
	guards.learning = ADDRESS_LEARNING_DHCP;
	assert_int_equal(acknowledges(SERVER, "10.0.0.9", 0), PASSES);
	assert_true(learned_is_untouched(&learned));
	assert_int_equal(asks(), PASSES);
	assert_int_equal(acknowledges(SERVER, "10.0.0.9", 1), PASSES);
	assert_int_equal(acknowledges(OWN, "10.0.0.9", 0), PASSES);
	assert_true(learned_is_untouched(&learned));
	acknowledges(SERVER, "10.0.0.9", 0);
	assert_false(learned_is_untouched(&learned));
	acknowledges("10.0.0.9", "10.0.0.8", 0);
	assert_int_equal(learned_slot(&learned, 1), 0);
	/* A list without a server of IPv4 is a list. */
	learned_clear(&learned);
	assert_int_equal(asks(), PASSES);
	assert_true(address_list_parse(&guards.servers, "fd00::1"));
	acknowledges(SERVER, "10.0.0.9", 0);
	assert_true(learned_is_untouched(&learned));
	/* Four conversations at a time; what was asked before them is forgotten. */
	memset(&guards.servers, 0, sizeof(guards.servers));
	for (uint32_t i = 1; i <= 4; i++)
		learned_ask(&learned, i);
	acknowledges(SERVER, "10.0.0.9", 0);
	assert_true(learned_is_untouched(&learned));
	acknowledges(SERVER, "10.0.0.9", 4);
	assert_false(learned_is_untouched(&learned));
}

static enum drop
speaks(const char *address)
{
	eth(0x800);
	ipv4(address, SERVER, IPPROTO_TCP, 0, 0);
	fill(20);
	return sent();
}

/* Who had an address cannot choose another, however that one ended. */
static void
chooses_once(void **state)
{
	(void)state;
	memset(&guards.addresses, 0, sizeof(guards.addresses));
	guards.learning = ADDRESS_LEARNING_ANY;
	assert_int_equal(speaks("10.0.0.9"), PASSES);
	message(68, 1, RELEASE, "10.0.0.9", guest_mac);
	bytes[29] = 9;
	assert_int_equal(sent(), PASSES);
	assert_int_equal(speaks("10.0.0.9"), DROP_SPOOFED_IP);
	assert_int_equal(speaks("10.0.0.8"), DROP_SPOOFED_IP);
	/* By a server it may have one, and none when the lease has ended. */
	assert_int_equal(asks(), PASSES);
	acknowledges(SERVER, "10.0.0.7", 0);
	assert_int_equal(speaks("10.0.0.7"), PASSES);
	now += 60;
	assert_int_equal(speaks("10.0.0.7"), DROP_SPOOFED_IP);
	assert_int_equal(speaks("10.0.0.8"), DROP_SPOOFED_IP);
	/* The port is another guest's. */
	learned_clear(&learned);
	assert_int_equal(speaks("10.0.0.8"), PASSES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(in_its_own_name, guard_set_up),
		cmocka_unit_test_setup(answers_to_relays, guard_set_up),
		cmocka_unit_test_setup(answers_that_are_none, guard_set_up),
		cmocka_unit_test_setup(chooses_once, guard_set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
