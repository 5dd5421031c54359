#include <rte_arp.h>
#include <rte_ip.h>

#include "guard_parts.h"

#define FRAGMENT_OFFSET 0x1fff
#define UDP_PORTS 4

static bool
is_tag(uint16_t type)
{
	return type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ ||
	       type == RTE_ETHER_TYPE_QINQ1 || type == RTE_ETHER_TYPE_QINQ2 ||
	       type == RTE_ETHER_TYPE_QINQ3;
}

/* False: the type cannot be read, or is a second tag. */
static inline bool
find_type(struct packet *packet)
{
	packet->cut = false;
	packet->dhcp = 0;
	packet->l3 = RTE_ETHER_HDR_LEN;
	if (!has_bytes(packet, packet->l3))
		return false;
	packet->type = read16(packet, packet->l3 - 2);
	if (likely(!is_tag(packet->type)))
		return true;
	packet->l3 += RTE_VLAN_HLEN;
	if (!has_bytes(packet, packet->l3))
		return false;
	packet->type = read16(packet, packet->l3 - 2);
	return !is_tag(packet->type);
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
is_own(const struct guards *guard, struct learned *learned, uint32_t address, uint32_t now)
{
	if (likely(address_list_has_ipv4(&guard->addresses, address)))
		return true;
	if (guard->learning == ADDRESS_LEARNING_NONE)
		return false;
	if (learned_has(learned, address, now))
		return true;
	if (guard->learning != ADDRESS_LEARNING_ANY || guard->addresses.n_ipv4 ||
		!ipv4_is_unicast(address) || !learned_is_empty(learned, now))
		return false;
	learned_add(learned, address, LEARNED_FOR_EVER, now);
	return true;
}

/* The length of a header that can be read; 0: it cannot. */
static inline uint32_t
ipv4_header(struct packet *packet)
{
	uint32_t length;

	if (!has_bytes(packet, packet->l3 + sizeof(struct rte_ipv4_hdr)))
		return 0;
	length = (packet->at[packet->l3] & 0xf) * 4u;
	return packet->at[packet->l3] >> 4 == 4 && length >= sizeof(struct rte_ipv4_hdr) ? length
											 : 0;
}

struct ports {
	bool known;
	uint16_t from, to; /* 0: it is not UDP, or does not begin here */
};

/* A UDP header is 8 bytes, as is the least that a fragment carries: the first has both ports. */
static struct ports
ipv4_ports(struct packet *packet, uint32_t header)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(packet->at + packet->l3);
	uint32_t at = packet->l3 + header;

	if (ip->next_proto_id != IPPROTO_UDP ||
		rte_be_to_cpu_16(ip->fragment_offset) & FRAGMENT_OFFSET)
		return (struct ports){.known = true};
	if (!has_bytes(packet, at + UDP_PORTS))
		return (struct ports){.known = false};
	return (struct ports){
		.known = true, .from = read16(packet, at), .to = read16(packet, at + 2)};
}

static enum drop
guard_ipv4(const struct guards *guard, struct learned *learned, struct packet *packet, uint32_t now)
{
	uint32_t header = ipv4_header(packet), source;
	struct ports ports;
	bool asks;

	if (!header)
		return DROP_UNREADABLE;
	source = read_address(packet, packet->l3 + offsetof(struct rte_ipv4_hdr, src_addr));
	/* Most frames end here. */
	if (packet->at[packet->l3 + offsetof(struct rte_ipv4_hdr, next_proto_id)] != IPPROTO_UDP)
		return !guard_has(guard, GUARD_IPV4) || is_own(guard, learned, source, now)
			       ? DROP_REASONS
			       : DROP_SPOOFED_IP;
	ports = ipv4_ports(packet, header);
	if (!ports.known)
		return DROP_UNREADABLE;
	asks = ports.from == DHCP_CLIENT && ports.to == DHCP_SERVER;
	if (asks && guard->learning != ADDRESS_LEARNING_NONE)
		packet->dhcp = packet->l3 + header;
	if (guard_has(guard, GUARD_SERVERS) && ports.to == DHCP_CLIENT)
		return DROP_ROGUE_SERVER;
	if (!guard_has(guard, GUARD_IPV4) || (asks && source == 0) ||
		is_own(guard, learned, source, now))
		return DROP_REASONS;
	return DROP_SPOOFED_IP;
}

/* What QEMU sends when a guest arrives (announce.c). */
static bool
is_announcement(struct packet *packet)
{
	const struct rte_arp_hdr *arp = (const struct rte_arp_hdr *)(packet->at + packet->l3);

	return has_bytes(packet, packet->l3 + sizeof(*arp)) &&
	       arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REVREQUEST) &&
	       !memcmp(&arp->arp_data.arp_sha, source_mac(packet), RTE_ETHER_ADDR_LEN) &&
	       !memcmp(&arp->arp_data.arp_tha, source_mac(packet), RTE_ETHER_ADDR_LEN) &&
	       arp->arp_data.arp_sip == 0 && arp->arp_data.arp_tip == 0;
}

static enum drop
guard_arp(const struct guards *guard, struct learned *learned, struct packet *packet, uint32_t now)
{
	const struct rte_arp_hdr *arp = (const struct rte_arp_hdr *)(packet->at + packet->l3);
	bool asks;

	if (!has_bytes(packet, packet->l3 + sizeof(*arp)))
		return DROP_UNREADABLE;
	asks = arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REQUEST);
	if (arp->arp_hardware != RTE_BE16(RTE_ARP_HRD_ETHER) ||
		arp->arp_protocol != RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
		arp->arp_hlen != RTE_ETHER_ADDR_LEN || arp->arp_plen != sizeof(uint32_t) ||
		!(asks || arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REPLY)) ||
		memcmp(&arp->arp_data.arp_sha, source_mac(packet), RTE_ETHER_ADDR_LEN) != 0)
		return DROP_SPOOFED_ARP;
	/* A probe says nothing about anybody. */
	if (arp->arp_data.arp_sip == 0)
		return asks ? DROP_REASONS : DROP_SPOOFED_ARP;
	return is_own(guard, learned, arp->arp_data.arp_sip, now) ? DROP_REASONS : DROP_SPOOFED_ARP;
}

/* What has no guard of its own. */
static enum drop
guard_rest(const struct guards *guard)
{
	return guard_has(guard, GUARD_OTHERS) ? DROP_OTHER_PROTOCOL : DROP_REASONS;
}

enum drop
guard_outgoing(
	const struct guards *guard, struct learned *learned, struct packet *packet, uint32_t now)
{
	if (!find_type(packet))
		return DROP_UNREADABLE;
	switch (packet->type) {
	case RTE_ETHER_TYPE_IPV4:
		if (guard_has(guard, GUARD_OTHERS) && !guard_has(guard, GUARD_IPV4))
			return DROP_OTHER_PROTOCOL;
		return guard_ipv4(guard, learned, packet, now);
	case RTE_ETHER_TYPE_IPV6:
		if (guard_has(guard, GUARD_OTHERS) && !guard_has(guard, GUARD_IPV6))
			return DROP_OTHER_PROTOCOL;
		return guard_ipv6(guard, packet);
	case RTE_ETHER_TYPE_ARP:
		return guard_has(guard, GUARD_ARP) ? guard_arp(guard, learned, packet, now)
						   : guard_rest(guard);
	case RTE_ETHER_TYPE_RARP:
		return is_announcement(packet) ? DROP_REASONS : guard_rest(guard);
	default:
		return guard_rest(guard);
	}
}

/* An answer for a client: whether from one of its servers. */
static enum drop
guard_ipv4_server(const struct guards *guard, struct packet *packet)
{
	uint32_t header = ipv4_header(packet), source;
	bool chosen = guard->servers.n_ipv4 > 0;
	struct ports ports = {.known = false};

	if (header)
		ports = ipv4_ports(packet, header);
	if (!ports.known)
		return chosen ? DROP_UNREADABLE : DROP_REASONS;
	if (ports.to != DHCP_CLIENT)
		return DROP_REASONS;
	source = read_address(packet, packet->l3 + offsetof(struct rte_ipv4_hdr, src_addr));
	if (chosen && !address_list_has_ipv4(&guard->servers, source))
		return DROP_ROGUE_SERVER;
	if (ports.from == DHCP_SERVER)
		packet->dhcp = packet->l3 + header;
	return DROP_REASONS;
}

enum drop
guard_incoming(const struct guards *guard, struct packet *packet)
{
	bool strict = guard_has(guard, GUARD_OTHERS);

	/* A second tag is no protocol that has a guard. */
	if (!find_type(packet))
		return strict                                   ? DROP_OTHER_PROTOCOL
		       : address_list_is_empty(&guard->servers) ? DROP_REASONS
								: DROP_UNREADABLE;
	switch (packet->type) {
	case RTE_ETHER_TYPE_IPV4:
		return strict && !guard_has(guard, GUARD_IPV4) ? DROP_OTHER_PROTOCOL
							       : guard_ipv4_server(guard, packet);
	case RTE_ETHER_TYPE_IPV6:
		return strict && !guard_has(guard, GUARD_IPV6) ? DROP_OTHER_PROTOCOL
							       : guard_ipv6_server(guard, packet);
	case RTE_ETHER_TYPE_ARP:
		return guard_has(guard, GUARD_ARP) ? DROP_REASONS : guard_rest(guard);
	case RTE_ETHER_TYPE_RARP:
		return DROP_REASONS;
	default:
		return guard_rest(guard);
	}
}
