#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "gso.h"
#include "vnet_header.h"

static bool
is_of_type(const struct frame *frame, uint16_t network_at, rte_be16_t type)
{
	return !memcmp(frame->head + network_at - sizeof(type), &type, sizeof(type));
}

/* Whether a frame with this header can be cut into segments; fills in the needed fields. */
static bool
take_tso(struct frame *frame, const struct virtio_net_hdr *header, uint8_t features)
{
	bool is_ipv4 = header->gso_type == VIRTIO_NET_HDR_GSO_TCPV4;
	uint8_t flag = is_ipv4 ? FRAME_TSO4 : FRAME_TSO6, headers[OFFLOAD_HEADERS_MAX - TAG_BYTES],
		protocol = 0;
	uint16_t n = RTE_MIN(frame->length, (uint32_t)sizeof(headers)), network, tcp, length;

	if ((!is_ipv4 && header->gso_type != VIRTIO_NET_HDR_GSO_TCPV6) || !(features & flag) ||
		!(frame->offload.flags & FRAME_PARTIAL) || header->gso_size == 0)
		return false;
	if (header->gso_size < OFFLOAD_SEGMENT_MIN) {
		frame->offload.flags |= FRAME_TOO_FINE;
		return false;
	}
	frame_read(frame, 0, headers, n);
	network = frame_network_at(frame);
	if (!is_of_type(frame, network,
		    is_ipv4 ? RTE_BE16(RTE_ETHER_TYPE_IPV4) : RTE_BE16(RTE_ETHER_TYPE_IPV6)))
		return false;
	tcp = is_ipv4 ? transport_in_ipv4(headers, n, network, &protocol)
		      : transport_in_ipv6(headers, n, network, &protocol);
	if (protocol != IPPROTO_TCP || tcp != header->csum_start ||
		header->csum_offset != offsetof(struct rte_tcp_hdr, cksum) ||
		n < tcp + sizeof(struct rte_tcp_hdr))
		return false;
	/* The four bits of its length in words. */
	length = (headers[tcp + offsetof(struct rte_tcp_hdr, data_off)] >> 4) * 4;
	if (length < sizeof(struct rte_tcp_hdr) || n < tcp + length)
		return false;
	/* IP's headers cannot express a longer packet. */
	if (frame->length - network > (is_ipv4 ? 0u : sizeof(struct rte_ipv6_hdr)) + UINT16_MAX)
		return false;
	frame->offload.flags |= flag;
	frame->offload.header_length = tcp + length;
	frame->offload.segment_size = header->gso_size;
	return true;
}

/*
 * Whether a frame says that it is IPv4 and has a shorter header than there is. Who completes its
 * checksum, a NIC above all, must not be told so.
 */
static bool
is_short_ipv4(const struct frame *frame)
{
	uint16_t at = frame_network_at(frame);

	return at < frame->head_length && is_of_type(frame, at, RTE_BE16(RTE_ETHER_TYPE_IPV4)) &&
	       (frame->head[at] & 0xf) * 4u < sizeof(struct rte_ipv4_hdr);
}

/*
 * Whether the checksum that is to be completed, and what it covers, lie in the frame, behind its
 * tags: written into one, it would be another VLAN, and behind one that is taken off, a MAC.
 */
static bool
has_checksum(const struct frame *frame, const struct virtio_net_hdr *header)
{
	uint32_t end = (uint32_t)header->csum_start + header->csum_offset + sizeof(uint16_t);

	return header->csum_start >= frame_network_at(frame) && end <= frame->length &&
	       !is_short_ipv4(frame);
}

void
vnet_header_read(struct frame *frame, const uint8_t header[VNET_HEADER_MAX], uint8_t features)
{
	struct virtio_net_hdr asked;

	memcpy(&asked, header, sizeof(asked));
	frame->offload = (struct frame_offload){0};
	if (asked.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		frame->offload.checksum_start = asked.csum_start;
		frame->offload.checksum_offset = asked.csum_offset;
		frame->offload.flags =
			has_checksum(frame, &asked) ? FRAME_PARTIAL : FRAME_BAD_OFFLOAD;
	}
	if (asked.gso_type != VIRTIO_NET_HDR_GSO_NONE && !take_tso(frame, &asked, features))
		frame->offload.flags = FRAME_BAD_OFFLOAD | (frame->offload.flags & FRAME_TOO_FINE);
}

void
vnet_header_write(const struct frame *frame, uint8_t header[10])
{
	const struct frame_offload *offload = &frame->offload;
	struct virtio_net_hdr said = {0};

	if (offload->flags & FRAME_PARTIAL) {
		said.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		said.csum_start = offload->checksum_start;
		said.csum_offset = offload->checksum_offset;
	} else if (offload->flags & FRAME_VALID) {
		said.flags = VIRTIO_NET_HDR_F_DATA_VALID;
	}
	if (offload->flags & FRAME_TSO) {
		said.gso_type = offload->flags & FRAME_TSO4 ? VIRTIO_NET_HDR_GSO_TCPV4
							    : VIRTIO_NET_HDR_GSO_TCPV6;
		said.gso_size = offload->segment_size;
		said.hdr_len = offload->header_length;
	}
	memcpy(header, &said, sizeof(said));
}
