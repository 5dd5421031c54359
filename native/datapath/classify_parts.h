/*
 * Steps of a decision that classify.c (ports) and classify_tagged.c (devices with a tag per guest)
 * have in common.
 */
#ifndef CLASSIFY_PARTS_H
#define CLASSIFY_PARTS_H

#include <rte_ether.h>

#include "classify.h"
#include "fdb.h"
#include "moves.h"
#include "news.h"
#include "vswitch.h"

#include "../ring/ring.h"

/* These, and the functions that end in them, fill in the decision and return decision->to. */
static inline int
drop(struct decision *decision, uint16_t at, enum drop reason)
{
	decision->drop_at = at;
	decision->drop = reason;
	return TO_NONE;
}

/* Why a port that is in no topology gets nothing, by its place there. */
static inline enum drop
absence(int place)
{
	return place == PLACE_NO_LINK ? DROP_LINK_DOWN : DROP_NOT_READY;
}

/* VLAN id of a tagged frame; -1 for an untagged one. */
static inline int
tag_of(const struct rte_ether_hdr *eth, uint32_t length)
{
	const struct rte_vlan_hdr *vlan = (const struct rte_vlan_hdr *)(eth + 1);

	if (eth->ether_type != RTE_BE16(RTE_ETHER_TYPE_VLAN) ||
		length < sizeof(*eth) + sizeof(*vlan))
		return -1;
	return rte_be_to_cpu_16(vlan->vlan_tci) & 0xfff;
}

/* In no VLAN, the VLAN under which a frame's addresses are kept is that of the guest's own tag. */
static inline uint16_t
own_vlan(int tag)
{
	return tag < 0 ? 0 : RTE_MIN(tag, VLAN_MAX);
}

static inline uint64_t
key_of(const struct rte_ether_addr *address, uint16_t domain, uint16_t own)
{
	return fdb_key(address->addr_bytes, domain ? domain : own, domain);
}

/* The source of a frame. False: it is another's. */
static inline bool
learn(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct rte_ether_addr *source, uint64_t key, uint32_t now)
{
	switch (fdb_learn(sw->fdb, key, from->id, now)) {
	case FDB_NEW:
		if (!from->is_device)
			news_post(sw, NEWS_LEARNED, from->id, key, from->id);
		return true;
	case FDB_ELSEWHERE:
		return from->is_device
			       ? moves_to_device(sw, topology, from, key, now)
			       : moves_to_guest(sw, topology, from, key, source->addr_bytes, now);
	default:
		return true;
	}
}

/* Why no switch carries a frame; DROP_REASONS: nothing is wrong with it. */
static inline enum drop
length_flaw_of(const struct vswitch *sw, const struct frame *frame)
{
	if (frame->length < sizeof(struct rte_ether_hdr))
		return DROP_TOO_SHORT;
	if (frame_wire_length(frame) > sw->max_frame)
		return frame->offload.flags & FRAME_TOO_FINE      ? DROP_TOO_FINE
		       : frame->offload.flags & FRAME_BAD_OFFLOAD ? DROP_BAD_OFFLOAD
								  : DROP_TOO_LONG;
	return DROP_REASONS;
}

/* Why any switched port's frame goes nowhere. */
static inline enum drop
flaw_of(const struct vswitch *sw, const struct frame *frame)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame->head;
	enum drop flaw = length_flaw_of(sw, frame);

	if (flaw != DROP_REASONS)
		return flaw;
	return rte_is_valid_assigned_ether_addr(&eth->src_addr) ? DROP_REASONS : DROP_BAD_SOURCE;
}

/* Of a frame from an end of a relay: it goes to the other end. */
int
relay(const struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, struct decision *decision);

/* The frame behind our tag, which stands in it as it came so. */
static inline const struct rte_ether_hdr *
behind_tag(const struct frame *frame, enum form form, uint32_t *length)
{
	bool tagged = form == FORM_TAGGED || form == FORM_KEPT;
	uint32_t own = tagged ? RTE_MIN(frame->length, (uint32_t)RTE_VLAN_HLEN) : 0;

	*length = frame->length - own;
	return (const struct rte_ether_hdr *)(frame->head + own);
}

#endif
