/*
 * Steps that guard.c and guard_ipv6.c have in common.
 */
#ifndef GUARD_PARTS_H
#define GUARD_PARTS_H

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
	if (likely(end <= packet->readable))
		return true;
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

enum drop
guard_ipv6(const struct guards *guard, struct packet *packet);
/* A frame for a guest: whether it is a DHCPv6 server's, and none of the guest's own. */
enum drop
guard_ipv6_server(const struct guards *guard, struct packet *packet);

#endif
