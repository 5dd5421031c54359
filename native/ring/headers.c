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
	uint32_t end = at + sizeof(ip); /* of what is read; it may be beyond 16 bits */

	if (n < end)
		return 0;
	memcpy(&ip, headers + at, sizeof(ip));
	if ((ip.vtc_flow & RTE_BE32(0xf0000000)) != RTE_BE32(0x60000000))
		return 0;
	next = ip.proto;
	while (next == IPPROTO_HOPOPTS || next == IPPROTO_DSTOPTS) {
		if (n < end + EXTENSION_UNIT)
			return 0;
		next = headers[end];
		end += (headers[end + 1] + 1) * EXTENSION_UNIT;
	}
	if (end > n)
		return 0;
	*protocol = next;
	return (uint16_t)end;
}

bool
headers_find(const uint8_t *bytes, uint32_t n, struct headers *headers)
{
	uint16_t readable = RTE_MIN(n, (uint32_t)UINT16_MAX), type;
	struct frame frame = {.head_length = 0};

	memcpy(frame.head, bytes, RTE_MIN(n, (uint32_t)FRAME_HEAD));
	*headers = (struct headers){.network = frame_network_at(&frame)};
	memcpy(&type, frame.head + headers->network - sizeof(type), sizeof(type));
	headers->ipv6 = type == RTE_BE16(RTE_ETHER_TYPE_IPV6);
	if (headers->ipv6)
		headers->transport =
			transport_in_ipv6(bytes, readable, headers->network, &headers->protocol);
	else if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4))
		headers->transport =
			transport_in_ipv4(bytes, readable, headers->network, &headers->protocol);
	return headers->transport != 0;
}
