#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_hash_crc.h>
#include <rte_sctp.h>

#include "host_rings.h"
#include "packet_sctp.h"

#include "../ring/headers.h"

/* Whether the packet whose checksum is asked for at `start` is one of SCTP. */
static bool
is_sctp(const uint8_t *frame, uint32_t length, uint16_t start)
{
	struct headers headers;

	return headers_find(frame, length, &headers) && headers.protocol == IPPROTO_SCTP &&
	       headers.transport == start &&
	       headers.transport + sizeof(struct rte_sctp_hdr) <= length;
}

/* A byte at a time: rte_hash_crc() reads words wherever they are. */
static uint32_t
crc_of(const uint8_t *at, uint32_t n)
{
	uint32_t crc = UINT32_MAX;

	for (uint32_t i = 0; i < n; i++)
		crc = rte_hash_crc_1byte(at[i], crc);
	return crc;
}

void
packet_sctp_complete(uint8_t *place, uint32_t length)
{
	const uint32_t bytes = length - HOST_HEADER;
	uint8_t *frame = place + HOST_HEADER;
	struct virtio_net_hdr header;
	struct rte_sctp_hdr sctp;

	memcpy(&header, place, sizeof(header));
	if (!(header.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
		header.csum_offset != offsetof(struct rte_sctp_hdr, cksum) ||
		!is_sctp(frame, bytes, header.csum_start))
		return;
	memcpy(&sctp, frame + header.csum_start, sizeof(sctp));
	sctp.cksum = 0;
	memcpy(frame + header.csum_start, &sctp, sizeof(sctp));
	/* Its bytes stand in the order of the CRC's own bits. */
	sctp.cksum =
		rte_cpu_to_le_32(~crc_of(frame + header.csum_start, bytes - header.csum_start));
	memcpy(frame + header.csum_start, &sctp, sizeof(sctp));
	memset(place, 0, HOST_HEADER);
}
