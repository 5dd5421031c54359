/*
 * Test fixture: a guarded guest, and frames from it (guard_fixture.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <rte_common.h>

#include "../ring/ring.h"

#include "guard_fixture.h"

struct guards guards;
struct learned learned;
uint8_t bytes[600];
uint32_t length, now;
const uint8_t *port_mac;
const uint8_t guest_mac[6] = {0x52, 0x54, 0, 0, 0, 5}, other_mac[6] = {0x52, 0x54, 0, 0, 0, 6};

static uint32_t payload; /* where IPv6's begins; 0: it is none */

int
guard_set_up(void **state)
{
	(void)state;
	memset(&guards, 0, sizeof(guards));
	memset(&learned, 0, sizeof(learned));
	now = 10;
	port_mac = NULL;
	assert_true(guard_parse(&guards.checks, "ipv4,ipv6,arp,servers,others"));
	assert_true(address_list_parse(&guards.addresses, OWN "," OWN_6));
	return 0;
}

void
put(const void *from, uint32_t n)
{
	memcpy(bytes + length, from, n);
	length += n;
}

void
put16(uint16_t value)
{
	bytes[length++] = value >> 8;
	bytes[length++] = (uint8_t)value;
}

void
fill(uint32_t n)
{
	memset(bytes + length, 0, n);
	length += n;
}

void
eth(uint16_t type)
{
	memset(bytes, 0, sizeof(bytes));
	length = payload = 0;
	put(other_mac, 6);
	put(guest_mac, 6);
	put16(type);
}

void
tag(uint16_t type, uint16_t next)
{
	length -= 2;
	put16(type);
	put16(7);
	put16(next);
}

static void
put_ipv4(const char *text)
{
	uint32_t address;

	assert_int_equal(inet_pton(AF_INET, text, &address), 1);
	put(&address, sizeof(address));
}

void
ipv4(const char *from, const char *to, uint8_t protocol, uint32_t options, uint16_t fragment)
{
	const uint8_t begin[] = {(uint8_t)(0x45 + options / 4), 0, 0, 100, 0, 0};
	const uint8_t middle[] = {64, protocol, 0, 0};

	put(begin, sizeof(begin));
	put16(fragment);
	put(middle, sizeof(middle));
	put_ipv4(from);
	put_ipv4(to);
	fill(options);
}

void
udp(uint16_t from, uint16_t to)
{
	put16(from);
	put16(to);
	fill(4);
}

void
arp(uint16_t op, const uint8_t mac[6], const char *address)
{
	const uint16_t begin[] = {htons(1), htons(0x800)};

	put(begin, sizeof(begin));
	put((uint8_t[]){6, 4}, 2);
	put16(op);
	put(mac, 6);
	put_ipv4(address);
	fill(6);
	put_ipv4(OTHER);
}

void
dhcp(uint8_t op, uint8_t type, const char *client, const char *yours, const uint8_t mac[6],
	uint32_t lease)
{
	uint32_t seconds = htonl(lease);

	put((uint8_t[]){op, 1, 6, 0}, 4);
	fill(8);
	put_ipv4(client);
	put_ipv4(yours);
	fill(8);
	put(mac, 6);
	fill(10 + 64 + 128);
	put((uint8_t[]){99, 130, 83, 99}, 4);
	put((uint8_t[]){0, 53, 1, type}, 4);
	if (lease) {
		put((uint8_t[]){51, 4}, 2);
		put(&seconds, sizeof(seconds));
	}
	put((uint8_t[]){255}, 1);
}

void
put_address(const char *text)
{
	uint8_t address[IPV6_BYTES];

	assert_int_equal(inet_pton(AF_INET6, text, address), 1);
	put(address, sizeof(address));
}

void
ipv6(const char *from, const char *to, uint8_t next)
{
	put((uint8_t[]){0x60, 0, 0, 0, 0, 0, next, 255}, 8);
	put_address(from);
	put_address(to);
	payload = length;
}

void
extension(uint8_t next, uint16_t fragment)
{
	put((uint8_t[]){next, 0}, 2);
	put16(fragment);
	fill(4);
}

void
icmp(uint8_t type, uint8_t code)
{
	put((uint8_t[]){type, code}, 2);
	fill(6);
}

void
mac_option(uint8_t type, const uint8_t mac[6])
{
	put((uint8_t[]){type, 1}, 2);
	put(mac, 6);
}

static struct packet
packet_of(void)
{
	if (payload) {
		bytes[payload - 36] = (uint8_t)((length - payload) >> 8);
		bytes[payload - 35] = (uint8_t)(length - payload);
	}
	return (struct packet){.at = bytes,
		.mac = port_mac,
		.readable = RTE_MIN(length, (uint32_t)FRAME_HEAD),
		.length = length};
}

enum drop
sent_as_it_is(void)
{
	payload = 0;
	return sent();
}

enum drop
sent(void)
{
	struct packet packet = packet_of();
	enum drop drop = guard_outgoing(&guards, &learned, &packet, now);

	if (drop == DROP_UNREADABLE && packet.cut) {
		packet.readable = RTE_MIN(length, (uint32_t)GUARD_BYTES);
		drop = guard_outgoing(&guards, &learned, &packet, now);
	}
	packet.readable = length;
	if (drop == DROP_REASONS)
		guard_note_request(&learned, &packet, guest_mac);
	return drop;
}

enum drop
asks(void)
{
	eth(0x800);
	ipv4("0.0.0.0", "255.255.255.255", IPPROTO_UDP, 0, 0);
	udp(68, 67);
	dhcp(1, 1, "0.0.0.0", "0.0.0.0", guest_mac, 0);
	return sent();
}

enum drop
comes(void)
{
	struct packet packet = packet_of();
	enum drop drop = guard_incoming(&guards, &packet);

	packet.readable = length;
	if (drop == DROP_REASONS && guards.learning != ADDRESS_LEARNING_NONE)
		guard_note_answer(&guards, &learned, &packet, guest_mac, now);
	return drop;
}
