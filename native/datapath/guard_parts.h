/*
 * Steps that guard.c and its parts have in common.
 */
#ifndef GUARD_PARTS_H
#define GUARD_PARTS_H

#include <rte_common.h>
#include <rte_ether.h>

#include "guard.h"

#define DHCP_SERVER 67
#define DHCP_CLIENT 68
#define DHCPV6_CLIENT 546
#define DHCPV6_SERVER 547

/* Whether so many bytes are there; if they are in the frame only, packet->cut. */
static inline bool
has_bytes(struct packet *packet, uint32_t end)
{
	if (likely(end <= packet->readable)) {
		packet->seen = RTE_MAX(packet->seen, end);
		return true;
	}
	packet->cut = end <= packet->length;
	return false;
}

static inline uint16_t
read16(const struct packet *packet, uint32_t at)
{
	return (uint16_t)(packet->at[at] << 8 | packet->at[at + 1]);
}

static inline const uint8_t *
source_mac(const struct packet *packet)
{
	return packet->at + RTE_ETHER_ADDR_LEN;
}

/* The MAC that the guest may say it has, whatever others it sends from. */
static inline const uint8_t *
own_mac(const struct packet *packet)
{
	return packet->mac ? packet->mac : source_mac(packet);
}

static inline uint32_t
read_address(const struct packet *packet, uint32_t at)
{
	uint32_t address;

	memcpy(&address, packet->at + at, sizeof(address));
	return address;
}

/* Whether it is the guest's, or becomes so. */
static inline bool
guard_owns_ipv4(const struct guards *guard, struct learned *learned, uint32_t address, uint32_t now)
{
	if (likely(address_list_has_ipv4(&guard->addresses, address)))
		return true;
	if (guard->learning == ADDRESS_LEARNING_NONE)
		return false;
	if (learned_has(learned, address, now))
		return true;
	if (guard->learning != ADDRESS_LEARNING_ANY || guard->addresses.n_ipv4 ||
		!ipv4_is_unicast(address) || !learned_is_untouched(learned))
		return false;
	return learned_add_first(learned, address) || learned_has(learned, address, now);
}

/* A message to a server's port, whose UDP header is at `udp`: whether it is the guest's own. */
enum drop
guard_request(const struct guards *guard, struct learned *learned, struct packet *packet,
	uint32_t udp, uint32_t now);
enum drop
guard_arp(const struct guards *guard, struct learned *learned, struct packet *packet, uint32_t now);
/* What QEMU sends when a guest arrives (announce.c). */
bool
guard_is_announcement(struct packet *packet);

enum drop
guard_ipv6(const struct guards *guard, struct packet *packet);
/* A frame for a guest: whether it is a DHCPv6 server's, and none of the guest's own. */
enum drop
guard_ipv6_server(const struct guards *guard, struct packet *packet);

#endif
