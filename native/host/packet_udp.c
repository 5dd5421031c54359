#include <errno.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "host_rings.h"
#include "packet_udp.h"

#include "../ring/headers.h"

/* linux/virtio_net.h has it since Linux 6.2. */
#define GSO_UDP_L4 5

bool
packet_udp_is_merged(const uint8_t *place)
{
	struct virtio_net_hdr header;

	memcpy(&header, place, sizeof(header));
	return header.gso_type == GSO_UDP_L4;
}

/* Whether the header's claims and the frame's headers are the same thing. */
static bool
understand(struct packet_udp *udp, const struct virtio_net_hdr *header)
{
	struct headers headers;

	if (!headers_find(udp->frame, udp->length, &headers))
		return false;
	udp->size = header->gso_size;
	udp->ipv6 = headers.ipv6;
	udp->network_at = headers.network;
	udp->udp_at = headers.transport;
	udp->payload_at = udp->udp_at + sizeof(struct rte_udp_hdr);
	return udp->size && headers.protocol == IPPROTO_UDP && udp->payload_at < udp->length &&
	       (header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) && header->csum_start == udp->udp_at;
}

bool
packet_udp_begin(struct packet_udp *udp, const uint8_t *place, uint32_t length)
{
	struct virtio_net_hdr header;

	if (!udp->frame)
		udp->frame = malloc(FRAME_MAX + 1);
	if (!udp->frame)
		return false;
	udp->length = length - HOST_HEADER;
	udp->sent = udp->pieces = 0;
	memcpy(&header, place, sizeof(header));
	memcpy(udp->frame, place + HOST_HEADER, udp->length);
	if (understand(udp, &header))
		return true;
	packet_udp_clear(udp);
	errno = EINVAL;
	return false;
}

/* IP's own length, number and checksum. Returns the sum of the addresses. */
static uint32_t
finish_network(const struct packet_udp *udp, uint8_t *frame, uint32_t length)
{
	uint8_t *at = frame + udp->network_at;
	struct rte_ipv6_hdr ip6;
	struct rte_ipv4_hdr ip;

	if (udp->ipv6) {
		memcpy(&ip6, at, sizeof(ip6));
		ip6.payload_len = rte_cpu_to_be_16(length - udp->network_at - sizeof(ip6));
		memcpy(at, &ip6, sizeof(ip6));
		return rte_raw_cksum(&ip6.src_addr, 2 * sizeof(ip6.src_addr));
	}
	memcpy(&ip, at, sizeof(ip));
	ip.total_length = rte_cpu_to_be_16(length - udp->network_at);
	ip.packet_id = rte_cpu_to_be_16(rte_be_to_cpu_16(ip.packet_id) + udp->pieces);
	ip.hdr_checksum = 0;
	memcpy(at, &ip, sizeof(ip));
	ip.hdr_checksum = ~rte_raw_cksum(at, udp->udp_at - udp->network_at);
	memcpy(at, &ip, sizeof(ip));
	return rte_raw_cksum(&ip.src_addr, 2 * sizeof(ip.src_addr));
}

static void
finish_headers(const struct packet_udp *udp, uint8_t *frame, uint32_t length)
{
	uint32_t sum = finish_network(udp, frame, length);
	struct rte_udp_hdr header;

	memcpy(&header, frame + udp->udp_at, sizeof(header));
	header.dgram_len = rte_cpu_to_be_16(length - udp->udp_at);
	/* For whoever completes it to go on from. */
	header.dgram_cksum = checksum_fold(sum + header.dgram_len + RTE_BE16(IPPROTO_UDP));
	memcpy(frame + udp->udp_at, &header, sizeof(header));
}

ssize_t
packet_udp_next(struct packet_udp *udp, uint8_t *place)
{
	const struct virtio_net_hdr header = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.csum_start = udp->udp_at,
		.csum_offset = offsetof(struct rte_udp_hdr, dgram_cksum),
	};
	uint8_t *frame = place + HOST_HEADER;
	uint32_t left, payload;

	if (udp->length == 0)
		return 0;
	left = udp->length - udp->payload_at - udp->sent;
	payload = RTE_MIN(left, (uint32_t)udp->size);
	memset(place, 0, HOST_HEADER);
	memcpy(place, &header, sizeof(header));
	memcpy(frame, udp->frame, udp->payload_at);
	memcpy(frame + udp->payload_at, udp->frame + udp->payload_at + udp->sent, payload);
	finish_headers(udp, frame, udp->payload_at + payload);
	udp->sent += payload;
	udp->pieces++;
	if (payload == left)
		packet_udp_clear(udp);
	return HOST_HEADER + udp->payload_at + payload;
}

void
packet_udp_clear(struct packet_udp *udp)
{
	udp->length = 0;
}

void
packet_udp_free(struct packet_udp *udp)
{
	free(udp->frame);
}
