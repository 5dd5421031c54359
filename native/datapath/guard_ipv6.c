#include <rte_ip.h>

#include "guard_parts.h"

#define HEADER 40
#define SOURCE 8
#define FRAGMENT 44

/* ICMPv6 (RFC 4861, 2710, 3810). */
enum {
	LISTENER_REPORT = 131,
	LISTENER_DONE = 132,
	ROUTER_SOLICITATION = 133,
	ROUTER_ADVERTISEMENT = 134,
	NEIGHBOUR_SOLICITATION = 135,
	NEIGHBOUR_ADVERTISEMENT = 136,
	REDIRECT = 137,
	LISTENER_REPORT_2 = 143,
};

/* What is behind the extension headers. */
struct upper {
	bool known;      /* it can be told */
	bool fragmented; /* this is the first part of it */
	uint8_t protocol;
	uint32_t at; /* 0: it begins in another fragment */
};

static bool
is_extension(uint8_t protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING || protocol == FRAGMENT ||
	       protocol == IPPROTO_AH || protocol == IPPROTO_DSTOPTS ||
	       protocol == 135 /* mobility */ || protocol == 139 /* HIP */ ||
	       protocol == 140 /* shim6 */;
}

static uint32_t
extension_length(const struct packet *packet, uint8_t protocol, uint32_t at)
{
	uint8_t units = packet->at[at + 1];

	return protocol == FRAGMENT     ? 8
	       : protocol == IPPROTO_AH ? (units + 2u) * 4
					: (units + 1u) * 8;
}

static struct upper
find_upper(struct packet *packet)
{
	struct upper upper = {.known = true, .protocol = packet->at[packet->l3 + 6]};
	uint32_t at = packet->l3 + HEADER;

	while (is_extension(upper.protocol)) {
		uint8_t next;

		if (at + 8 > GUARD_BYTES || !has_bytes(packet, at + 8))
			return (struct upper){.known = false};
		next = packet->at[at];
		if (upper.protocol == FRAGMENT) {
			if (read16(packet, at + 2) & 0xfff8)
				return (struct upper){.known = true, .protocol = next};
			upper.fragmented = true;
		}
		at += extension_length(packet, upper.protocol, at);
		upper.protocol = next;
	}
	upper.at = at;
	return upper;
}

static bool
is_link_local(const uint8_t *address)
{
	return address[0] == 0xfe && (address[1] & 0xc0) == 0x80;
}

static bool
is_unspecified(const uint8_t *address)
{
	static const uint8_t none[IPV6_BYTES];

	return !memcmp(address, none, sizeof(none));
}

/* The guest's, or the link-local address that its MAC makes. */
static bool
is_own(const struct guards *guard, const uint8_t *mac, const uint8_t *address)
{
	const uint8_t made[IPV6_BYTES] = {0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2],
		0xff, 0xfe, mac[3], mac[4], mac[5]};

	return address_list_has_ipv6(&guard->addresses, address) ||
	       !memcmp(address, made, sizeof(made));
}

/* Whether no option of neighbour discovery names another MAC. */
static enum drop
guard_options(struct packet *packet, uint32_t at, uint32_t end)
{
	while (at < end) {
		uint32_t length;

		if (!has_bytes(packet, at + 8))
			return DROP_UNREADABLE;
		length = packet->at[at + 1] * 8u;
		if (length == 0 || at + length > end)
			return DROP_UNREADABLE;
		/* Source and target link-layer address. */
		if ((packet->at[at] == 1 || packet->at[at] == 2) &&
			memcmp(packet->at + at + 2, own_mac(packet), RTE_ETHER_ADDR_LEN) != 0)
			return DROP_SPOOFED_ND;
		at += length;
	}
	return DROP_REASONS;
}

static enum drop
guard_discovery(const struct guards *guard, struct packet *packet, const struct upper *upper)
{
	uint32_t end = packet->l3 + HEADER + read16(packet, packet->l3 + 4), at = upper->at + 8;
	uint8_t type = packet->at[upper->at];
	bool probes = is_unspecified(packet->at + packet->l3 + SOURCE);

	/* RFC 6980: nobody sends it in fragments, nor does everybody refuse it. */
	if (upper->fragmented)
		return DROP_SPOOFED_ND;
	if (end > packet->length || end > GUARD_BYTES)
		return DROP_UNREADABLE;
	if (type == NEIGHBOUR_SOLICITATION || type == NEIGHBOUR_ADVERTISEMENT) {
		if (at + IPV6_BYTES > end || !has_bytes(packet, at + IPV6_BYTES))
			return DROP_UNREADABLE;
		/* Others are asked for, but not whether they are the guest itself. */
		if ((type == NEIGHBOUR_ADVERTISEMENT || probes) &&
			!is_own(guard, own_mac(packet), packet->at + at))
			return DROP_SPOOFED_ND;
		at += IPV6_BYTES;
	} else if (type == REDIRECT) {
		at += 2 * IPV6_BYTES;
	} else if (type == ROUTER_ADVERTISEMENT) {
		at += 8;
	}
	return at > end ? DROP_UNREADABLE : guard_options(packet, at, end);
}

static enum drop
guard_icmp(const struct guards *guard, struct packet *packet, const struct upper *upper)
{
	bool careful = guard_has(guard, GUARD_IPV6);
	uint8_t type;

	if (!has_bytes(packet, upper->at + 1))
		return DROP_UNREADABLE;
	type = packet->at[upper->at];
	if (guard_has(guard, GUARD_SERVERS) && (type == ROUTER_ADVERTISEMENT || type == REDIRECT))
		return DROP_ROGUE_SERVER;
	if (careful && type >= ROUTER_SOLICITATION && type <= REDIRECT)
		return guard_discovery(guard, packet, upper);
	return DROP_REASONS;
}

/* What hosts send before they have an address. */
static bool
is_of_nobody(const struct packet *packet, const struct upper *upper)
{
	uint8_t type;

	if (upper->protocol != IPPROTO_ICMPV6 || !upper->at)
		return false;
	type = packet->at[upper->at];
	return type == NEIGHBOUR_SOLICITATION || type == ROUTER_SOLICITATION ||
	       type == LISTENER_REPORT || type == LISTENER_DONE || type == LISTENER_REPORT_2;
}

/* What is behind the header has been read. */
static enum drop
guard_source(const struct guards *guard, struct packet *packet, const struct upper *upper)
{
	const uint8_t *source = packet->at + packet->l3 + SOURCE;

	if (!guard_has(guard, GUARD_IPV6) || is_own(guard, own_mac(packet), source))
		return DROP_REASONS;
	if (is_unspecified(source))
		return is_of_nobody(packet, upper) ? DROP_REASONS : DROP_SPOOFED_IP;
	/* A client may ask from an address of its own making. */
	if (is_link_local(source) && upper->protocol == IPPROTO_UDP && upper->at &&
		!upper->fragmented && read16(packet, upper->at) == DHCPV6_CLIENT &&
		read16(packet, upper->at + 2) == DHCPV6_SERVER)
		return DROP_REASONS;
	return DROP_SPOOFED_IP;
}

/*
 * What the header does not count is cut off by who gets it, so nothing is read there. Else padding
 * would say what the next fragment says differently.
 */
static bool
has_ipv6_header(struct packet *packet)
{
	uint32_t end;

	if (!has_bytes(packet, packet->l3 + HEADER) || packet->at[packet->l3] >> 4 != 6)
		return false;
	end = packet->l3 + HEADER + read16(packet, packet->l3 + 4);
	packet->length = RTE_MIN(packet->length, end);
	packet->readable = RTE_MIN(packet->readable, end);
	return true;
}

enum drop
guard_ipv6(const struct guards *guard, struct packet *packet)
{
	enum drop flaw = DROP_REASONS;
	struct upper upper;

	if (!guard_has(guard, GUARD_IPV6) && !guard_has(guard, GUARD_SERVERS))
		return DROP_REASONS;
	if (!has_ipv6_header(packet))
		return DROP_UNREADABLE;
	upper = find_upper(packet);
	if (!upper.known)
		return DROP_UNREADABLE;
	if (upper.at && upper.protocol == IPPROTO_UDP) {
		if (!has_bytes(packet, upper.at + 4))
			return DROP_UNREADABLE;
		if (guard_has(guard, GUARD_SERVERS) &&
			read16(packet, upper.at + 2) == DHCPV6_CLIENT)
			return DROP_ROGUE_SERVER;
	} else if (upper.at && upper.protocol == IPPROTO_ICMPV6) {
		flaw = guard_icmp(guard, packet, &upper);
	}
	return flaw == DROP_REASONS ? guard_source(guard, packet, &upper) : flaw;
}

enum drop
guard_ipv6_server(const struct guards *guard, struct packet *packet)
{
	struct upper upper;

	if (!guard->servers.n_ipv6)
		return DROP_REASONS;
	if (!has_ipv6_header(packet))
		return DROP_UNREADABLE;
	upper = find_upper(packet);
	if (!upper.known)
		return DROP_UNREADABLE;
	if (!upper.at || upper.protocol != IPPROTO_UDP)
		return DROP_REASONS;
	if (!has_bytes(packet, upper.at + 4))
		return DROP_UNREADABLE;
	return read16(packet, upper.at + 2) != DHCPV6_CLIENT ||
			       address_list_has_ipv6(
				       &guard->servers, packet->at + packet->l3 + SOURCE)
		       ? DROP_REASONS
		       : DROP_ROGUE_SERVER;
}
