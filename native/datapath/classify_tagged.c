#include "classify_parts.h"

/*
 * With the tag of a port in no VLAN: it is that port's, or nobody's. Of a guest that was silent for
 * longer than the ageing no address is known; who looks for it there must find it.
 */
static int
to_owner(const struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct rte_ether_hdr *eth, int place, uint16_t own, struct decision *decision)
{
	uint16_t id;

	if (rte_is_multicast_ether_addr(&eth->dst_addr))
		return sw->promiscuous ? place : drop(decision, from->id, DROP_MULTICAST);
	id = fdb_lookup(sw->fdb, key_of(&eth->dst_addr, 0, own));
	if (id == topology->member[place].id ||
		(id == FDB_NONE && sw->promiscuous &&
			!fdb_holds(sw->fdb, topology->member[place].id)))
		return place;
	return drop(decision, from->id, DROP_UNMATCHED);
}

/* With the tag of a VLAN. */
static int
to_domain(const struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct rte_ether_hdr *eth, struct decision *decision)
{
	enum egress egress;
	uint16_t id;
	int place;

	if (rte_is_multicast_ether_addr(&eth->dst_addr))
		return sw->promiscuous ? TO_FLOOD : drop(decision, from->id, DROP_MULTICAST);
	id = fdb_lookup(sw->fdb, key_of(&eth->dst_addr, decision->domain, 0));
	if (id == FDB_NONE && sw->promiscuous)
		return TO_FLOOD;
	place = id == FDB_NONE || id == from->id ? PLACE_NONE : topology->index[id];
	if (unlikely(place == PLACE_NO_LINK))
		return drop(decision, id, DROP_LINK_DOWN);
	egress = place < 0 ? EGRESS_NONE : egress_of(topology, place, decision->domain);
	if (egress == EGRESS_NONE)
		return drop(decision, from->id, DROP_UNMATCHED);
	if (from->isolated && topology->member[place].isolated)
		return drop(decision, from->id, DROP_ISOLATED);
	decision->retag = retag_for(decision->form, egress);
	return place;
}

static inline int
decide_tagged(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, int tag, uint32_t now, struct decision *decision)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame->head, *behind;
	enum drop flaw = flaw_of(sw, frame);
	uint32_t length;
	uint16_t own;
	int owner;

	decision->retag = RETAG_NO;
	decision->form = sw->vlan_strip ? FORM_PLAIN : FORM_KEPT;
	if (flaw != DROP_REASONS)
		return drop(decision, from->id, flaw);
	if (tag < 0 || (topology->tagged[tag] < 0 && !vlan_set_has(&topology->carried, tag)))
		return drop(decision, from->id, DROP_TAG_UNKNOWN);
	owner = topology->tagged[tag];
	decision->domain = owner < 0 ? tag : 0;
	decision->tag = tag;
	behind = behind_tag(frame, decision->form, &length);
	if (decision->domain && frame_strays(frame, decision->form))
		return drop(decision, from->id, DROP_VLAN_TAGGED);

	own = own_vlan(tag_of(behind, length));
	if (!learn(sw, topology, from, &eth->src_addr,
		    key_of(&eth->src_addr, decision->domain, own), now))
		return drop(decision, from->id, DROP_ADDRESS_HELD);
	return owner < 0 ? to_domain(sw, topology, from, eth, decision)
			 : to_owner(sw, topology, from, eth, owner, own, decision);
}

void
classify_tagged(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, int tag, uint32_t now, struct decision *decision)
{
	decision->to = decide_tagged(sw, topology, from, frame, tag, now, decision);
}
