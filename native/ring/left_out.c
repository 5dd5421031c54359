#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "gso.h"
#include "left_out.h"
#include "vnet_header.h"

/* What is read of a frame: all headers that there may be, up to the end of TCP's fixed one. */
#define HEADERS OFFLOAD_HEADERS_MAX

/* Where the checksum is, from the transport header on; 0: of another protocol. */
static uint16_t
checksum_offset(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return offsetof(struct rte_tcp_hdr, cksum);
	case IPPROTO_UDP:
		return offsetof(struct rte_udp_hdr, dgram_cksum);
	default:
		return 0;
	}
}

/* The end of the packet, and the sum of the addresses. */
static uint32_t
end_of_ipv4(const uint8_t *headers, uint16_t at, uint32_t *sum)
{
	struct rte_ipv4_hdr ip;

	memcpy(&ip, headers + at, sizeof(ip));
	*sum = rte_raw_cksum(&ip.src_addr, 2 * sizeof(ip.src_addr));
	return at + rte_be_to_cpu_16(ip.total_length);
}

static uint32_t
end_of_ipv6(const uint8_t *headers, uint16_t at, uint32_t *sum)
{
	struct rte_ipv6_hdr ip;

	memcpy(&ip, headers + at, sizeof(ip));
	*sum = rte_raw_cksum(ip.src_addr, 2 * sizeof(ip.src_addr));
	return at + sizeof(ip) + rte_be_to_cpu_16(ip.payload_len);
}

static uint16_t
fold(uint32_t sum)
{
	sum = (sum >> 16) + (sum & 0xffff);
	return sum + (sum >> 16);
}

/* Offset of what carries a checksum in a whole packet, *sum: that over the pseudo-header. 0: none.
 */
static uint16_t
find_transport(const struct frame *frame, const uint8_t *headers, uint16_t n, uint8_t *protocol,
	uint32_t *sum)
{
	uint16_t at = frame_network_at(frame), transport = 0, type;
	uint32_t end = 0;

	memcpy(&type, frame->head + at - sizeof(type), sizeof(type));
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4)) {
		transport = transport_in_ipv4(headers, n, at, protocol);
		end = transport ? end_of_ipv4(headers, at, sum) : 0;
	} else if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6)) {
		transport = transport_in_ipv6(headers, n, at, protocol);
		end = transport ? end_of_ipv6(headers, at, sum) : 0;
	}
	/* What is behind the packet, as in one that a NIC has received, is not to be summed. */
	if (transport == 0 || end != frame->length || end < transport)
		return 0;
	*sum += rte_cpu_to_be_16(end - transport) + rte_cpu_to_be_16(*protocol);
	return transport;
}

void
frame_find_left_out(struct frame *frame)
{
	uint16_t n = RTE_MIN(frame->length, (uint32_t)HEADERS), transport, offset, found;
	uint8_t headers[HEADERS], protocol = 0;
	uint32_t sum = 0;

	frame_read(frame, 0, headers, n);
	transport = find_transport(frame, headers, n, &protocol, &sum);
	offset = checksum_offset(protocol);
	if (transport == 0 || offset == 0 || transport + offset + sizeof(found) > n)
		return;
	memcpy(&found, headers + transport + offset, sizeof(found));
	if (found != fold(sum))
		return;
	frame->offload = (struct frame_offload){
		.flags = FRAME_PARTIAL, .checksum_start = transport, .checksum_offset = offset};
}
