#include <rte_ip.h>

#include "guard_parts.h"

#include "../ring/headers.h"

#define FRAGMENT_OFFSET 0x1fff
#define UDP_PORTS 4
/* Below it the type is a length: of LLC, and of SNAP, whose last two bytes are a type (802.3, 802).
 */
#define TYPE_MIN 0x600
#define SNAP 8
#define SNAP_SAP 0xaa

enum { REDIRECT = 5, ADVERTISEMENT = 9 };

static bool
is_tag(uint16_t type)
{
	return is_tag_type(rte_cpu_to_be_16(type));
}

/* False: the type cannot be read, or is a second tag. */
static inline bool
find_type(struct packet *packet)
{
	packet->cut = false;
	packet->seen = 0;
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

/* ICMP from a guest that is no router (RFC 792, 1256). */
static enum drop
guard_icmp(struct packet *packet, uint32_t header)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(packet->at + packet->l3);
	uint8_t type;

	if (rte_be_to_cpu_16(ip->fragment_offset) & FRAGMENT_OFFSET)
		return DROP_REASONS;
	if (!has_bytes(packet, packet->l3 + header + 1))
		return DROP_UNREADABLE;
	type = packet->at[packet->l3 + header];
	return type == REDIRECT || type == ADVERTISEMENT ? DROP_ROGUE_SERVER : DROP_REASONS;
}

static enum drop
guard_udp(const struct guards *guard, struct learned *learned, struct packet *packet,
	uint32_t header, uint32_t now)
{
	struct ports ports = ipv4_ports(packet, header);
	uint32_t source;
	enum drop flaw;
	bool asks = ports.from == DHCP_CLIENT && ports.to == DHCP_SERVER;

	if (!ports.known)
		return DROP_UNREADABLE;
	if (guard_has(guard, GUARD_SERVERS) && ports.to == DHCP_CLIENT)
		return DROP_ROGUE_SERVER;
	/* From a server's port a relay asks, which is one of the servers. */
	if (ports.to == DHCP_SERVER &&
		(guard_has(guard, GUARD_SERVERS) ||
			(guard_has(guard, GUARD_IPV4) && ports.from != DHCP_SERVER))) {
		flaw = guard_request(guard, learned, packet, packet->l3 + header, now);
		if (flaw != DROP_REASONS)
			return flaw;
	}
	if (asks && guard->learning != ADDRESS_LEARNING_NONE)
		packet->dhcp = packet->l3 + header;
	source = read_address(packet, packet->l3 + offsetof(struct rte_ipv4_hdr, src_addr));
	return !guard_has(guard, GUARD_IPV4) || (asks && source == 0) ||
			       guard_owns_ipv4(guard, learned, source, now)
		       ? DROP_REASONS
		       : DROP_SPOOFED_IP;
}

static enum drop
guard_ipv4(const struct guards *guard, struct learned *learned, struct packet *packet, uint32_t now)
{
	uint32_t header = ipv4_header(packet), source;
	uint8_t protocol;

	if (!header)
		return DROP_UNREADABLE;
	protocol = packet->at[packet->l3 + offsetof(struct rte_ipv4_hdr, next_proto_id)];
	if (protocol == IPPROTO_UDP)
		return guard_udp(guard, learned, packet, header, now);
	if (protocol == IPPROTO_ICMP && guard_has(guard, GUARD_SERVERS)) {
		enum drop flaw = guard_icmp(packet, header);

		if (flaw != DROP_REASONS)
			return flaw;
	}
	/* Most frames end here. */
	source = read_address(packet, packet->l3 + offsetof(struct rte_ipv4_hdr, src_addr));
	return !guard_has(guard, GUARD_IPV4) || guard_owns_ipv4(guard, learned, source, now)
		       ? DROP_REASONS
		       : DROP_SPOOFED_IP;
}

/*
 * Whether its type is a length, and SNAP behind it has one that guards ask for, or a tag. Who takes
 * such a frame seldom looks at SNAP's other fields, or at the length (CVE-2021-27861, -27862).
 */
static bool
hides_its_type(struct packet *packet)
{
	uint16_t type;

	if (packet->type >= TYPE_MIN || !has_bytes(packet, packet->l3 + SNAP) ||
		(packet->at[packet->l3] & 0xfe) != SNAP_SAP)
		return false;
	type = read16(packet, packet->l3 + SNAP - 2);
	return type == RTE_ETHER_TYPE_IPV4 || type == RTE_ETHER_TYPE_IPV6 ||
	       type == RTE_ETHER_TYPE_ARP || type == RTE_ETHER_TYPE_RARP || is_tag(type);
}

/* What has no guard of its own. */
static enum drop
guard_rest(const struct guards *guard, struct packet *packet)
{
	if (guard_has(guard, GUARD_OTHERS))
		return DROP_OTHER_PROTOCOL;
	return hides_its_type(packet) ? DROP_UNREADABLE : DROP_REASONS;
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
						   : guard_rest(guard, packet);
	case RTE_ETHER_TYPE_RARP:
		return guard_is_announcement(packet) ? DROP_REASONS : guard_rest(guard, packet);
	default:
		return guard_rest(guard, packet);
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
		return guard_has(guard, GUARD_ARP) ? DROP_REASONS : guard_rest(guard, packet);
	case RTE_ETHER_TYPE_RARP:
		return guard_is_announcement(packet) ? DROP_REASONS : guard_rest(guard, packet);
	default:
		if (!strict && address_list_is_empty(&guard->servers))
			return DROP_REASONS;
		return guard_rest(guard, packet);
	}
}
