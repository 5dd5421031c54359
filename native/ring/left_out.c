#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "gso.h"
#include "headers.h"
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
	*sum = rte_raw_cksum(&ip.src_addr, 2 * sizeof(ip.src_addr));
	return at + sizeof(ip) + rte_be_to_cpu_16(ip.payload_len);
}

void
frame_find_left_out(struct frame *frame)
{
	uint16_t n = RTE_MIN(frame->length, (uint32_t)HEADERS), offset, found;
	uint8_t bytes[HEADERS];
	struct headers headers;
	uint32_t sum, end;

	frame_read(frame, 0, bytes, n);
	if (!headers_find(bytes, n, &headers))
		return;
	end = headers.ipv6 ? end_of_ipv6(bytes, headers.network, &sum)
			   : end_of_ipv4(bytes, headers.network, &sum);
	offset = checksum_offset(headers.protocol);
	/* What is behind the packet, as in one that a NIC has received, is not to be summed. */
	if (offset == 0 || end != frame->length || end < headers.transport ||
		headers.transport + offset + sizeof(found) > n)
		return;
	sum += rte_cpu_to_be_16(end - headers.transport) + rte_cpu_to_be_16(headers.protocol);
	memcpy(&found, bytes + headers.transport + offset, sizeof(found));
	if (found != checksum_fold(sum))
		return;
	frame->offload = (struct frame_offload){.flags = FRAME_PARTIAL,
		.checksum_start = headers.transport,
		.checksum_offset = offset};
}
