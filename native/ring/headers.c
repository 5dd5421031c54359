#include <netinet/in.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>

#include "headers.h"

/* Two of the guest, and one that is put before them (datapath/retag.h). */
#define TAGS_MAX 3
/* Multiples of eight bytes, less one, are the second byte of these IPv6 extension headers. */
#define EXTENSION_UNIT 8

uint16_t
frame_network_at(const struct frame *frame)
{
	uint16_t at = 2 * RTE_ETHER_ADDR_LEN, type;

	for (int tags = 0; tags <= TAGS_MAX; tags++, at += sizeof(struct rte_vlan_hdr)) {
		memcpy(&type, frame->head + at, sizeof(type));
		if (!is_tag_type(type))
			break;
	}
	return at + sizeof(type);
}

uint16_t
transport_in_ipv4(const uint8_t *headers, uint16_t n, uint16_t at, uint8_t *protocol)
{
	struct rte_ipv4_hdr ip;

	if (n < at + sizeof(ip))
		return 0;
	memcpy(&ip, headers + at, sizeof(ip));
	if (ip.version != 4 || rte_ipv4_hdr_len(&ip) < sizeof(ip) ||
		(ip.fragment_offset & RTE_BE16(RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)))
		return 0;
	*protocol = ip.next_proto_id;
	return at + rte_ipv4_hdr_len(&ip);
}

uint16_t
transport_in_ipv6(const uint8_t *headers, uint16_t n, uint16_t at, uint8_t *protocol)
{
	struct rte_ipv6_hdr ip;
	uint8_t next;

	if (n < at + sizeof(ip))
		return 0;
	memcpy(&ip, headers + at, sizeof(ip));
	if ((ip.vtc_flow & RTE_BE32(0xf0000000)) != RTE_BE32(0x60000000))
		return 0;
	next = ip.proto;
	at += sizeof(ip);
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS) {
		if (n < at + EXTENSION_UNIT)
			return 0;
		next = headers[at];
		at += (headers[at + 1] + 1) * EXTENSION_UNIT;
	}
	*protocol = next;
	return at;
}
