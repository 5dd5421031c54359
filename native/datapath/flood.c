/*
 * Frames that go to everybody in their VLAN.
 */
#include "flood.h"
#include "lcore.h"

/*
 * Segments that a flooded frame may be cut into, for each port that it goes to: 64 KiB at TCP's
 * default MSS of 536 (RFC 9293, 3.7.1).
 */
#define FLOOD_SEGMENTS 128

uint32_t
price_to(const struct lcore *lcore, const struct member *to, const struct frame *frame)
{
	const struct ring *ring = lcore_receive_ring(to->guest, lcore->source);

	if (to->dpdk)
		return price_of_finishing(frame, FRAME_PARTIAL);
	return ring ? price_of_finishing(frame, ring->features) : 0;
}

const struct frame *
retag_staged(struct lcore *lcore, const struct frame *frame, enum retag how,
	const struct decision *decision)
{
	const struct frame *made = retag(&lcore->retagged, frame, how, decision->tag);

	if (unlikely(!made)) {
		deliver_all(lcore);
		made = retag(&lcore->retagged, frame, how, decision->tag);
	}
	return made;
}

void
stage_decided(struct lcore *lcore, const struct frame *frame, const struct decision *decision)
{
	if (decision->retag)
		frame = retag_staged(lcore, frame, decision->retag, decision);
	lcore_stage(lcore, decision->to, frame, 1);
}

/* A device's frames are limited by its link. */
static bool
may_flood(struct lcore *lcore, const struct member *from, const struct frame *frame)
{
	if (!from->is_device &&
		!flood_allowed(&from->port->flood, from->flood_limit, lcore->tsc_per_second)) {
		lcore_drop(lcore, from->id, DROP_FLOOD_LIMIT);
		return false;
	}
	if (unlikely(frame_segments(frame) > FLOOD_SEGMENTS)) {
		lcore_drop(lcore, from->id, DROP_TOO_FINE);
		return false;
	}
	return true;
}

uint64_t
flood(struct lcore *lcore, const struct member *from, const struct frame *frame,
	const struct decision *decision)
{
	const struct topology *topology = lcore->topology;
	bool strays = may_stray(from, decision->form) && frame_strays(frame, decision->form);
	/* Whoever gets it with another tag gets it with the same. */
	const struct frame *retagged = NULL;
	enum drop nobody = DROP_NO_PORT;
	bool found = false;
	uint64_t price = 0;

	if (!may_flood(lcore, from, frame))
		return 0;
	for (uint16_t i = 0; i < topology->n; i++) {
		const struct member *to = &topology->member[i];
		enum egress egress = egress_of(topology, i, decision->domain);
		enum retag how;

		if (to == from || egress == EGRESS_NONE)
			continue;
		if (unlikely(from->isolated) && to->isolated) {
			nobody = DROP_ISOLATED;
			continue;
		}
		found = true;
		if (unlikely(strays) && egress == EGRESS_PLAIN) {
			lcore_drop(lcore, from->id, DROP_VLAN_TAGGED);
			continue;
		}
		how = retag_for(decision->form, egress);
		if (unlikely(how) && !retagged)
			retagged = retag_staged(lcore, frame, how, decision);
		lcore_stage(lcore, i, how ? retagged : frame, 1);
		price += price_of_copy(frame);
		if (frame->offload.flags & FRAME_UNFINISHED)
			price += price_to(lcore, to, frame);
	}
	if (!found)
		lcore_drop(lcore, from->id, nobody);
	return price;
}
