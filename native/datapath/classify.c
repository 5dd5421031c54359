#include <string.h>

#include <rte_ether.h>

#include "classify.h"
#include "fdb.h"
#include "moves.h"
#include "news.h"
#include "uplink.h"
#include "vswitch.h"

#include "../ring/ring.h"

/* These, and the functions that end in them, fill in the decision and return decision->to. */
static int
drop(struct decision *decision, uint16_t at, enum drop reason)
{
	decision->drop_at = at;
	decision->drop = reason;
	return TO_NONE;
}

/* VLAN id of a tagged frame; -1 for an untagged one. */
static int
tag_of(const struct rte_ether_hdr *eth, uint32_t length)
{
	const struct rte_vlan_hdr *vlan = (const struct rte_vlan_hdr *)(eth + 1);

	if (eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_VLAN) ||
		length < sizeof(*eth) + sizeof(*vlan))
		return -1;
	return rte_be_to_cpu_16(vlan->vlan_tci) & 0xfff;
}

/* What a bridge, a NIC or a guest may take for the begin of a tag: 802.1Q, 802.1ad, its elders. */
static bool
is_tag_type(rte_be16_t type)
{
	return type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ) ||
	       type == RTE_BE16(RTE_ETHER_TYPE_QINQ1) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ2) ||
	       type == RTE_BE16(RTE_ETHER_TYPE_QINQ3);
}

/*
 * Whether somebody may take a frame of a port's VLAN for another VLAN's: it has a tag. One of VLAN
 * 0 is a priority and no VLAN, if it is whole; but who takes it off looks for another behind it.
 */
static bool
strays(const struct rte_ether_hdr *eth, uint32_t length)
{
	const struct rte_vlan_hdr *vlan = (const struct rte_vlan_hdr *)(eth + 1);

	if (length < sizeof(*eth) || likely(!is_tag_type(eth->ether_type)))
		return false;
	return tag_of(eth, length) != 0 || is_tag_type(vlan->eth_proto);
}

/* The frame behind the uplink's own tag, which stands in it unless it is taken off. */
static const struct rte_ether_hdr *
within(const struct vswitch *sw, const struct frame *frame, uint32_t *length)
{
	uint32_t own = sw->vlan_strip ? 0 : RTE_MIN(frame->length, (uint32_t)RTE_VLAN_HLEN);

	*length = frame->length - own;
	return (const struct rte_ether_hdr *)(frame->head + own);
}

/* VLAN under which a frame's addresses are kept: its port's, or that of the guest's own tag. */
static uint16_t
inner_vlan(uint16_t port_vlan, int tag)
{
	if (port_vlan)
		return port_vlan;
	return tag < 0 ? 0 : RTE_MIN(tag, VLAN_MAX);
}

static int
to_uplink(const struct vswitch *sw, const struct member *from, uint16_t tag,
	struct decision *decision)
{
	if (!sw->uplink)
		return drop(decision, from->id, DROP_NO_PORT);
	decision->tag = tag;
	return TO_UPLINK;
}

static int
to_flood(const struct member *from, struct decision *decision)
{
	decision->tag = from->tag;
	return TO_FLOOD;
}

/* The member with the learned destination, or the reason for a drop. */
static int
to_known(struct vswitch *sw, const struct topology *topology, const struct member *from,
	uint16_t id, struct decision *decision)
{
	const struct member *to;
	int index;

	if (id == from->id)
		return drop(decision, from->id, DROP_SAME_PORT);
	if (id == UPLINK_ID)
		return to_uplink(sw, from, from->tag, decision);
	index = topology->index[id];
	if (index < 0)
		return drop(decision, id, DROP_NOT_READY);
	to = &topology->member[index];
	/* The table may lag behind a replaced port: never deliver across VLANs. */
	if (to->vlan != from->vlan)
		return to_flood(from, decision);
	/* The NIC loops a frame back to the pool with the frame's tag. */
	if (sw->vm2vm == VM2VM_HARDWARE)
		return to_uplink(sw, from, to->tag, decision);
	return index;
}

void
classify_fetch(const struct vswitch *sw, uint16_t port_vlan, const struct frame *frame)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame->head;
	uint16_t vlan;

	if (frame->length < sizeof(*eth))
		return;
	vlan = inner_vlan(port_vlan, tag_of(eth, frame->length));
	fdb_fetch(sw->fdb, fdb_key(eth->src_addr.addr_bytes, vlan, port_vlan));
	fdb_fetch(sw->fdb, fdb_key(eth->dst_addr.addr_bytes, vlan, port_vlan));
}

bool
classify_alike(const struct vswitch *sw, const struct frame *before, const struct frame *frame)
{
	/* Behind a short frame's end is what an earlier one left there. */
	return before->head_length >= DECISIVE_BYTES && frame->head_length >= DECISIVE_BYTES &&
	       frame_wire_length(frame) <= sw->max_frame &&
	       !memcmp(frame->head, before->head, DECISIVE_BYTES);
}

/* The source of a guest's frame. False: it is another's. */
static inline bool
learn(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const uint8_t mac[6], uint16_t vlan, uint32_t now)
{
	uint64_t key = fdb_key(mac, vlan, from->vlan);

	switch (fdb_learn(sw->fdb, key, from->id, now)) {
	case FDB_NEW:
		news_post(sw, NEWS_LEARNED, from->id, mac);
		return true;
	case FDB_ELSEWHERE:
		return moves_to_guest(sw, topology, from, key, mac, now);
	default:
		return true;
	}
}

static inline int
decide_guest(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, uint32_t now, struct decision *decision)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame->head;
	uint16_t vlan, id;

	if (frame->length < sizeof(*eth))
		return drop(decision, from->id, DROP_TOO_SHORT);
	if (frame_wire_length(frame) > sw->max_frame)
		return drop(decision, from->id,
			frame->offload.flags & FRAME_TOO_FINE      ? DROP_TOO_FINE
			: frame->offload.flags & FRAME_BAD_OFFLOAD ? DROP_BAD_OFFLOAD
								   : DROP_TOO_LONG);
	if (!rte_is_valid_assigned_ether_addr(&eth->src_addr))
		return drop(decision, from->id, DROP_BAD_SOURCE);
	if (from->only_mac && memcmp(eth->src_addr.addr_bytes, from->mac, 6) != 0)
		return drop(decision, from->id, DROP_SPOOFED);
	if (from->vlan && strays(eth, frame->length))
		return drop(decision, from->id, DROP_VLAN_TAGGED);
	vlan = inner_vlan(from->vlan, tag_of(eth, frame->length));

	if (!learn(sw, topology, from, eth->src_addr.addr_bytes, vlan, now))
		return drop(decision, from->id, DROP_ADDRESS_HELD);
	if (sw->vm2vm == VM2VM_UPLINK)
		return to_uplink(sw, from, from->tag, decision);
	if (rte_is_multicast_ether_addr(&eth->dst_addr))
		return to_flood(from, decision);
	id = fdb_lookup(sw->fdb, fdb_key(eth->dst_addr.addr_bytes, vlan, from->vlan));
	return id == FDB_NONE ? to_flood(from, decision)
			      : to_known(sw, topology, from, id, decision);
}

void
classify_guest(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, uint32_t now, struct decision *decision)
{
	decision->to = decide_guest(sw, topology, from, frame, now, decision);
}

/* Member with this tag that has the destination, or -1. */
static int
find_tagged(const struct vswitch *sw, const struct topology *topology, const uint8_t mac[6],
	uint16_t vlan, bool isolated, uint16_t tag)
{
	uint16_t id = fdb_lookup(sw->fdb, fdb_key(mac, vlan, isolated));
	int index = id < MAX_PORTS ? topology->index[id] : -1;

	return index >= 0 && topology->member[index].tag == tag ? index : -1;
}

static inline int
decide_uplink(struct vswitch *sw, const struct topology *topology, const struct frame *frame,
	int tag, uint32_t now, struct decision *decision)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame->head;
	const uint8_t *source = eth->src_addr.addr_bytes;
	const struct rte_ether_hdr *behind;
	const struct member *owner;
	uint32_t length;
	uint16_t inner;
	uint64_t key;
	int index;

	if (frame->length < sizeof(*eth))
		return drop(decision, UPLINK_ID, DROP_TOO_SHORT);
	if (frame->length > sw->max_frame)
		return drop(decision, UPLINK_ID, DROP_TOO_LONG);
	if (!rte_is_valid_assigned_ether_addr(&eth->src_addr))
		return drop(decision, UPLINK_ID, DROP_BAD_SOURCE);
	if (tag < 0 || topology->tagged[tag] < 0)
		return drop(decision, UPLINK_ID, DROP_TAG_UNKNOWN);
	owner = &topology->member[topology->tagged[tag]];
	behind = within(sw, frame, &length);
	if (owner->vlan && strays(behind, length))
		return drop(decision, UPLINK_ID, DROP_VLAN_TAGGED);

	inner = inner_vlan(owner->vlan, tag_of(behind, length));
	key = fdb_key(source, inner, owner->vlan);
	if (fdb_learn(sw->fdb, key, UPLINK_ID, now) == FDB_ELSEWHERE &&
		!moves_to_uplink(sw, topology, key, source, now))
		return drop(decision, UPLINK_ID, DROP_ADDRESS_HELD);
	if (rte_is_multicast_ether_addr(&eth->dst_addr)) {
		if (!uplink_is_promiscuous(sw->uplink))
			return drop(decision, UPLINK_ID, DROP_MULTICAST);
		decision->tag = tag;
		return TO_FLOOD;
	}
	index = find_tagged(sw, topology, eth->dst_addr.addr_bytes, inner, owner->vlan, tag);
	if (index < 0)
		return drop(decision, UPLINK_ID, DROP_UNMATCHED);
	return index;
}

void
classify_uplink(struct vswitch *sw, const struct topology *topology, const struct frame *frame,
	int tag, uint32_t now, struct decision *decision)
{
	decision->to = decide_uplink(sw, topology, frame, tag, now, decision);
}
