#include <string.h>

#include "classify_parts.h"

#include "../ring/headers.h"

static bool
strays(const struct rte_ether_hdr *eth, uint32_t length)
{
	const struct rte_vlan_hdr *vlan = (const struct rte_vlan_hdr *)(eth + 1);

	if (length < sizeof(*eth) || likely(!is_tag_type(eth->ether_type)))
		return false;
	return tag_of(eth, length) != 0 || is_tag_type(vlan->eth_proto);
}

bool
frame_strays(const struct frame *frame, enum form form)
{
	uint32_t length;
	const struct rte_ether_hdr *eth = behind_tag(frame, form, &length);

	return strays(eth, length);
}

/*
 * The VLAN of a trunk's frame, and its form. DROP_REASONS: there is one; else why there is none.
 */
static __attribute__((noinline)) enum drop
sort_trunk(const struct topology *topology, const struct member *from,
	const struct rte_ether_hdr *eth, uint32_t length, struct decision *decision)
{
	const struct vlan_set *trunks = &topology->trunks[from - topology->member];
	int tag = tag_of(eth, length);

	if (tag > 0) {
		decision->form = FORM_TAGGED;
		decision->domain = tag;
		return vlan_set_has(trunks, tag) || tag == from->vlan ? DROP_REASONS
								      : DROP_VLAN_UNKNOWN;
	}
	decision->form = tag == 0 ? FORM_PRIORITY : FORM_PLAIN;
	decision->domain = from->vlan;
	if (strays(eth, length))
		return DROP_VLAN_TAGGED;
	return from->mode == VLAN_MODE_TRUNK ? DROP_VLAN_UNKNOWN : DROP_REASONS;
}

static inline enum drop
sort(const struct topology *topology, const struct member *from, const struct rte_ether_hdr *eth,
	uint32_t length, struct decision *decision)
{
	if (unlikely(from->is_trunk))
		return sort_trunk(topology, from, eth, length, decision);
	decision->domain = from->vlan;
	decision->form = FORM_PLAIN;
	if (from->open || likely(!is_tag_type(eth->ether_type)))
		return DROP_REASONS;
	decision->form = FORM_PRIORITY;
	return strays(eth, length) ? DROP_VLAN_TAGGED : DROP_REASONS;
}

/* To the device with a tag per guest, with this tag. */
static int
to_device(const struct topology *topology, const struct member *from, uint16_t tag,
	struct decision *decision)
{
	if (topology->per_guest < 0)
		return drop(decision, from->id, DROP_NO_PORT);
	decision->tag = tag;
	decision->retag = retag_for(decision->form, EGRESS_TAGGED);
	return topology->per_guest;
}

/* The member with the learned destination, or the reason for a drop. */
static inline int
to_known(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, uint16_t id, struct decision *decision)
{
	const struct member *to;
	enum egress egress;
	int place;

	if (id == from->id)
		return drop(decision, from->id, DROP_SAME_PORT);
	place = topology->index[id];
	if (place < 0)
		return drop(decision, id, absence(place));
	to = &topology->member[place];
	egress = egress_of(topology, place, decision->domain);
	/* The table may lag behind a replaced port: never deliver across VLANs. */
	if (egress == EGRESS_NONE)
		return TO_FLOOD;
	if (unlikely(from->isolated) && to->isolated)
		return drop(decision, from->id, DROP_ISOLATED);
	/* The NIC loops a frame back to the pool with the frame's tag. */
	if (unlikely(sw->vm2vm == VM2VM_HARDWARE) && !to->is_device && !from->is_device)
		return to_device(topology, from, to->tag, decision);
	decision->retag = retag_for(decision->form, egress);
	if (egress == EGRESS_PLAIN && unlikely(may_stray(from, decision->form)) &&
		frame_strays(frame, decision->form))
		return drop(decision, from->id, DROP_VLAN_TAGGED);
	return place;
}

void
classify_fetch(const struct vswitch *sw, const struct member *from, const struct frame *frame)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame->head;
	uint16_t domain = from->vlan, own = 0;
	int tag;

	if (frame->length < sizeof(*eth) || unlikely(from->relayed))
		return;
	if (!domain || from->is_trunk) {
		tag = tag_of(eth, frame->length);
		own = own_vlan(tag);
		if (from->is_trunk && own)
			domain = own;
	}
	(void)fdb_fetch(sw->fdb, key_of(&eth->src_addr, domain, own));
	(void)fdb_fetch(sw->fdb, key_of(&eth->dst_addr, domain, own));
}

bool
classify_alike(const struct vswitch *sw, const struct frame *before, const struct frame *frame)
{
	return frame_wire_length(frame) <= sw->max_frame && frames_begin_alike(before, frame);
}

static inline int
decide(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, uint32_t now, struct decision *decision)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame->head;
	enum drop flaw = flaw_of(sw, frame);
	uint16_t own, id;

	decision->retag = RETAG_NO;
	if (unlikely(flaw != DROP_REASONS))
		return drop(decision, from->id, flaw);
	if (from->only_mac && memcmp(eth->src_addr.addr_bytes, from->mac, 6) != 0)
		return drop(decision, from->id, DROP_SPOOFED);
	flaw = sort(topology, from, eth, frame->length, decision);
	if (unlikely(flaw != DROP_REASONS))
		return drop(decision, from->id, flaw);
	own = from->open && !from->vlan ? own_vlan(tag_of(eth, frame->length)) : 0;
	decision->tag = decision->domain ? decision->domain : from->tag;

	if (!learn(sw, topology, from, &eth->src_addr,
		    key_of(&eth->src_addr, decision->domain, own), now))
		return drop(decision, from->id, DROP_ADDRESS_HELD);
	if (unlikely(sw->vm2vm == VM2VM_UPLINK) && !from->is_device)
		return to_device(topology, from, decision->tag, decision);
	if (rte_is_multicast_ether_addr(&eth->dst_addr))
		return TO_FLOOD;
	id = fdb_lookup(sw->fdb, key_of(&eth->dst_addr, decision->domain, own));
	return id == FDB_NONE ? TO_FLOOD : to_known(sw, topology, from, frame, id, decision);
}

void
classify(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, uint32_t now, struct decision *decision)
{
	decision->to = unlikely(from->relayed) ? relay(sw, topology, from, frame, decision)
					       : decide(sw, topology, from, frame, now, decision);
}
