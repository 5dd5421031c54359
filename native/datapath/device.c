#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "device.h"
#include "device_setup.h"

#include "../base/log.h"
#include "../ring/claim.h"
#include "../ring/copy.h"
#include "../ring/left_out.h"
#include "../ring/vnet_header.h"

bool
device_is_per_guest(const struct device *device)
{
	return device->wish.per_guest;
}

bool
device_leaves_out(const struct device *device)
{
	return device->leaves_out;
}

struct guest *
device_guest(struct device *device)
{
	if (device->hidden)
		return NULL;
	return device->packet ? host_port_guest(device->host) : device->none;
}

int
device_node(const struct device *device)
{
	if (device->packet)
		return -1;
	return rte_eth_dev_socket_id(
		device->n_bond_members ? device->bond_member[0] : device->port);
}

bool
device_link_is_up(const struct device *device)
{
	struct rte_eth_link link = {0};
	struct packet_facts facts;

	if (device->packet) {
		packet_socket_look(device->packet, &facts);
		return facts.link;
	}
	return rte_eth_link_get_nowait(device->port, &link) < 0 || link.link_status;
}

uint16_t
device_rx_queues(const struct device *device)
{
	return device->n_rx_queues;
}

/* LACP's frames go out with others, or with none: within 100 ms of each other, says DPDK. */
static __attribute__((noinline)) void
tick(struct device *device)
{
	if (!claim(&device->tx_claimed[0]))
		return;
	(void)rte_eth_tx_burst(device->port, 0, NULL, 0);
	unclaim(&device->tx_claimed[0]);
}

uint16_t
device_receive(struct device *device, uint16_t queue, struct rte_mbuf **mbufs, uint16_t n)
{
	if (unlikely(device->has_lacp) && queue == 0)
		tick(device);
	return rte_eth_rx_burst(device->port, queue, mbufs, n);
}

/* Where the tag is in a frame if the NIC did not strip it, else -1. */
static int
tag_inside(const struct rte_mbuf *mbuf)
{
	const struct rte_ether_hdr *eth = rte_pktmbuf_mtod(mbuf, const struct rte_ether_hdr *);
	const struct rte_vlan_hdr *vlan = (const struct rte_vlan_hdr *)(eth + 1);

	if (mbuf->data_len < sizeof(*eth) + sizeof(*vlan) ||
		eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_VLAN))
		return -1;
	return rte_be_to_cpu_16(vlan->vlan_tci) & 0xfff;
}

/* Bytes of a tagged frame that make a whole head without the tag. */
#define TAGGED_HEAD (FRAME_HEAD + TAG_BYTES)

/* Copies the addresses, which precede the tag, into the head, usually with all the rest. */
static void
cut_tag(struct frame *frame, struct ring_segment *first)
{
	const uint16_t addresses = 2 * RTE_ETHER_ADDR_LEN;
	uint16_t taken = addresses + TAG_BYTES;

	memcpy(frame->head, first->at, addresses);
	frame->head_length = addresses;
	if (first->length >= TAGGED_HEAD) {
		memcpy(frame->head + addresses, first->at + taken, FRAME_HEAD - addresses);
		frame->head_length = FRAME_HEAD;
		taken = TAGGED_HEAD;
	}
	first->at += taken;
	first->length -= taken;
	frame->length -= TAG_BYTES;
}

/* Puts a tag that the NIC stripped back behind the addresses, for guests that see tags. */
static void
put_tag(struct frame *frame, struct ring_segment *first, uint16_t tci)
{
	uint16_t tag[2] = {RTE_BE16(RTE_ETHER_TYPE_VLAN), rte_cpu_to_be_16(tci)};

	memcpy(frame->head, first->at, 2 * RTE_ETHER_ADDR_LEN);
	memcpy(frame->head + 2 * RTE_ETHER_ADDR_LEN, tag, TAG_BYTES);
	frame->head_length = 2 * RTE_ETHER_ADDR_LEN + TAG_BYTES;
	first->at += 2 * RTE_ETHER_ADDR_LEN;
	first->length -= 2 * RTE_ETHER_ADDR_LEN;
	frame->length += TAG_BYTES;
}

/* Classification reads the head: as much as there is. */
static void
fill_head(struct frame *frame)
{
	struct ring_segment *segment = frame->segments;
	uint32_t run = RTE_MIN(segment->length, (uint32_t)FRAME_HEAD - frame->head_length);

	if (run == 0)
		return;
	memcpy(frame->head + frame->head_length, segment->at, run);
	frame->head_length += run;
	segment->at += run;
	segment->length -= run;
}

bool
device_frame(const struct device *device, const struct rte_mbuf *mbuf, struct frame *frame,
	struct ring_segment *segments, uint16_t n_segments, int *tag)
{
	bool stripped = mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED;
	bool strip = tag && device->wish.vlan_strip;
	int vlan = -1;

	if (!frame_of_mbuf(frame, mbuf, segments, n_segments))
		return false;
	if (frame->n_segments == 0 || segments->length < sizeof(struct rte_ether_hdr)) {
		frame->length = 0; /* counted as too short */
	} else {
		vlan = stripped ? mbuf->vlan_tci & 0xfff : tag_inside(mbuf);
		if (vlan >= 0 && !stripped && strip)
			cut_tag(frame, segments);
		else if (stripped && !strip)
			put_tag(frame, segments, mbuf->vlan_tci);
		fill_head(frame);
		if (unlikely(device->leaves_out))
			frame_find_left_out(frame);
	}
	if (tag)
		*tag = vlan;
	return true;
}

bool
device_burst(
	const struct device *device, struct rte_mbuf *const *mbufs, uint16_t n, struct burst *burst)
{
	uint64_t flags = 0;
	uint16_t pieces = 0;

	if (device->wish.per_guest || device->leaves_out)
		return false;
	for (uint16_t i = 0; i < n; i++) {
		flags |= mbufs[i]->ol_flags;
		pieces |= mbufs[i]->nb_segs;
		burst->direct[i] = (struct direct){
			.at = rte_pktmbuf_mtod(mbufs[i], uint8_t *),
			.length = mbufs[i]->data_len,
		};
	}
	burst->n = burst->n_direct = n;
	burst->n_segments = burst->walked = 0;
	burst->features = 0;
	burst->header_length = 0;
	return pieces == 1 && !(flags & RTE_MBUF_F_RX_VLAN_STRIPPED);
}

void
device_free(struct rte_mbuf **mbufs, uint16_t n)
{
	struct rte_mempool *pool = n ? mbufs[0]->pool : NULL;
	uint16_t last = 0;

	/* rte_pktmbuf_free_bulk() without calls, for what most are: one piece, of one pool, ours.
	 */
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *mbuf = mbufs[i];

		if (likely(mbuf->nb_segs == 1 && mbuf->pool == pool)) {
			mbuf = rte_pktmbuf_prefree_seg(mbuf);
			if (likely(mbuf != NULL))
				mbufs[last++] = mbuf;
		} else {
			rte_pktmbuf_free(mbuf);
		}
	}
	if (last)
		rte_mempool_put_bulk(pool, (void *const *)mbufs, last);
}

/* Copies a frame into an mbuf, which has room. */
static void
copy_frame(struct rte_mbuf *mbuf, const struct frame *frame)
{
	uint8_t *to = rte_pktmbuf_mtod(mbuf, uint8_t *);

	if (likely(frame->head_length == FRAME_HEAD))
		memcpy(to, frame->head, FRAME_HEAD);
	else
		memcpy(to, frame->head, frame->head_length);
	to += frame->head_length;
	for (uint16_t i = 0; i < frame->n_segments; i++) {
		copy(to, frame->segments[i].at, frame->segments[i].length);
		to += frame->segments[i].length;
	}
	mbuf->data_len = frame->length;
	mbuf->pkt_len = frame->length;
}

/* DPDK's flags for a protocol's checksum; 0: the device does not complete it. */
static uint64_t
checksum_flags(const struct device *device, uint8_t protocol, uint16_t offset)
{
	if (device->tcp_sum && protocol == IPPROTO_TCP &&
		offset == offsetof(struct rte_tcp_hdr, cksum))
		return RTE_MBUF_F_TX_TCP_CKSUM;
	if (device->udp_sum && protocol == IPPROTO_UDP &&
		offset == offsetof(struct rte_udp_hdr, dgram_cksum))
		return RTE_MBUF_F_TX_UDP_CKSUM;
	return 0;
}

/*
 * The flags that ask the device for a frame's checksum; 0: it cannot. Guest and device agree on an
 * unfinished one: the sum of the pseudo-header is there already.
 */
static uint64_t
device_checksum(const struct device *device, const struct frame *frame)
{
	uint16_t at = frame_network_at(frame), start = frame->offload.checksum_start;
	const uint8_t *ip = frame->head + at;
	uint64_t flags;
	uint16_t type;

	if (frame->head_length < FRAME_HEAD || start <= at)
		return 0;
	memcpy(&type, ip - sizeof(type), sizeof(type));
	/* No shorter than a header, or the NIC would be told of one that is not there. */
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV4) && start - at == (ip[0] & 0xf) * 4 &&
		(size_t)(start - at) >= sizeof(struct rte_ipv4_hdr)) {
		flags = checksum_flags(device, ip[offsetof(struct rte_ipv4_hdr, next_proto_id)],
			frame->offload.checksum_offset);
		return flags ? flags | RTE_MBUF_F_TX_IPV4 : 0;
	}
	if (type == RTE_BE16(RTE_ETHER_TYPE_IPV6) && start - at == sizeof(struct rte_ipv6_hdr)) {
		flags = checksum_flags(device, ip[offsetof(struct rte_ipv6_hdr, proto)],
			frame->offload.checksum_offset);
		return flags ? flags | RTE_MBUF_F_TX_IPV6 : 0;
	}
	return 0;
}

bool
device_takes(const struct device *device, const struct frame *frame)
{
	uint8_t left = frame->offload.flags & FRAME_UNFINISHED;

	return !left || (left == FRAME_PARTIAL && device_checksum(device, frame));
}

static void
ask_for_checksum(const struct device *device, struct rte_mbuf *mbuf, const struct frame *frame)
{
	uint16_t at = frame_network_at(frame);

	mbuf->ol_flags = device_checksum(device, frame);
	mbuf->l2_len = at;
	mbuf->l3_len = frame->offload.checksum_start - at;
}

/* The mbufs of a burst, and the bytes of each. */
struct outgoing {
	uint16_t n;
	struct rte_mbuf *mbufs[BURST];
	uint32_t bytes[BURST];
	uint8_t place[BURST]; /* of its frame among those that were given */
};

/*
 * Asks the driver about frames that leave something to the device: it knows the device's limits,
 * and finishes what the device expects of headers. Those that it refuses go behind the others.
 * Returns how many; `at` says which frames'.
 */
static uint16_t
prepare(const struct device *device, uint16_t queue, struct outgoing *out, uint32_t *at)
{
	uint16_t refused = 0;

	for (uint16_t i = 0; i < out->n;) {
		struct rte_mbuf *bad;

		i += rte_eth_tx_prepare(device->port, queue, &out->mbufs[i], out->n - i);
		if (i == out->n)
			break;
		bad = out->mbufs[i];
		*at |= 1u << out->place[i];
		out->n--;
		for (uint16_t j = i; j < out->n; j++) {
			out->mbufs[j] = out->mbufs[j + 1];
			out->bytes[j] = out->bytes[j + 1];
			out->place[j] = out->place[j + 1];
		}
		out->mbufs[out->n] = bad;
		refused++;
	}
	return refused;
}

/* Also of its marker protocol (802.3, 57A): a guest could take the bond apart, or down. */
static bool
is_of_lacp(const struct frame *frame)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame->head;

	return eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_SLOW);
}

struct device_sent
device_send(struct device *device, uint16_t lcore, const struct frame *const *frames, uint16_t n)
{
	uint16_t queue = lcore % device->n_tx_queues;
	struct device_sent result = {0};
	struct outgoing out = {0};
	bool unfinished = false;

	if (rte_pktmbuf_alloc_bulk(device->pool, out.mbufs, n)) {
		result.no_buffer = n;
		return result;
	}
	for (uint16_t i = 0; i < n; i++) {
		struct rte_mbuf *mbuf = out.mbufs[out.n];

		if (unlikely(device->has_lacp) && is_of_lacp(frames[i])) {
			result.reserved++;
			result.reserved_at |= 1u << i;
			continue;
		}
		if (frames[i]->length > device->max_frame) {
			result.too_long++;
			result.too_long_at |= 1u << i;
			continue;
		}
		if (unlikely(frames[i]->offload.flags & FRAME_UNFINISHED)) {
			ask_for_checksum(device, mbuf, frames[i]);
			unfinished = true;
		}
		copy_frame(mbuf, frames[i]);
		out.place[out.n] = (uint8_t)i;
		out.bytes[out.n++] = frames[i]->length;
	}
	if (claim(&device->tx_claimed[queue])) {
		if (unlikely(unfinished))
			result.refused = prepare(device, queue, &out, &result.refused_at);
		result.sent = rte_eth_tx_burst(device->port, queue, out.mbufs, out.n);
		unclaim(&device->tx_claimed[queue]);
	}
	result.full = out.n - result.sent;
	for (uint16_t i = 0; i < result.sent; i++)
		result.bytes += out.bytes[i];
	rte_pktmbuf_free_bulk(out.mbufs + result.sent, n - result.sent);
	return result;
}
