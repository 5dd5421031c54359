/*
 * Where the headers of a frame begin. What is read here was made by others: every length is checked
 * against what there is.
 */
#ifndef RING_HEADERS_H
#define RING_HEADERS_H

#include <rte_ether.h>

#include "ring.h"

/* What a bridge, a NIC or a guest may take for the begin of a tag: 802.1Q, 802.1ad, its elders. */
static inline bool
is_tag_type(rte_be16_t type)
{
	return type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ) ||
	       type == RTE_BE16(RTE_ETHER_TYPE_QINQ1) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ2) ||
	       type == RTE_BE16(RTE_ETHER_TYPE_QINQ3);
}

/* Offset of the network header, behind up to four tags; read from the frame's head. */
uint16_t
frame_network_at(const struct frame *frame);

/* Where the headers of an IP packet begin, behind any tags. */
struct headers {
	bool ipv6;
	uint8_t protocol; /* of what it carries */
	uint16_t network, transport;
};

/* Of a frame's first n bytes. False: it is no IP packet, or a fragment, or its headers go on. */
bool
headers_find(const uint8_t *bytes, uint32_t n, struct headers *headers);

/* A sum of 16-bit words as a checksum has it, not inverted. */
static inline uint16_t
checksum_fold(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	return sum + (sum >> 16);
}

/*
 * Offset of what an IP header at `at` carries, of n bytes of headers, and its protocol. 0: it is no
 * such header, or a fragment. For IPv6 a routing header is the protocol: addresses behind one are
 * not the packet's own.
 */
uint16_t
transport_in_ipv4(const uint8_t *headers, uint16_t n, uint16_t at, uint8_t *protocol);
uint16_t
transport_in_ipv6(const uint8_t *headers, uint16_t n, uint16_t at, uint8_t *protocol);

#endif
