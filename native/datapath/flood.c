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
		lcore_drop(lcore, from->id, frame, DROP_FLOOD_LIMIT);
		return false;
	}
	if (unlikely(frame_segments(frame) > FLOOD_SEGMENTS)) {
		lcore_drop(lcore, from->id, frame, DROP_TOO_FINE);
		return false;
	}
	return true;
}

/* A frame on its way to everybody, and what became of it. */
struct flooding {
	const struct member *from;
	struct frame *frame;
	const struct decision *decision;
	/* Whoever gets it with another tag gets it with the same. */
	const struct frame *retagged;
	bool strays, found;
	enum drop nobody;
	uint64_t price;
};

/* The checksum is computed for the first one who needs it, and for all others. */
static void
sum_for(const struct lcore *lcore, const struct member *to, struct flooding *flooding)
{
	const struct ring *ring = lcore_receive_ring(to->guest, lcore->source);
	struct frame *frame = flooding->frame;

	if (to->dpdk ? device_takes(to->dpdk, frame)
		     : !ring || !(frame->offload.flags & FRAME_UNFINISHED & ~ring->features))
		return;
	if (frame->offload.flags & FRAME_SUMMED)
		return;
	frame_sum(frame);
	flooding->retagged = NULL; /* made without it */
}

static inline __attribute__((always_inline)) void
flood_to(struct lcore *lcore, struct flooding *flooding, uint16_t place)
{
	const struct member *to = &lcore->topology->member[place], *from = flooding->from;
	const struct decision *decision = flooding->decision;
	struct frame *frame = flooding->frame;
	enum egress egress = egress_of(lcore->topology, place, decision->domain);
	enum retag how;

	if (to == from || egress == EGRESS_NONE)
		return;
	if (unlikely(from->isolated) && to->isolated) {
		flooding->nobody = DROP_ISOLATED;
		return;
	}
	flooding->found = true;
	if (unlikely(flooding->strays) && egress == EGRESS_PLAIN) {
		lcore_drop(lcore, from->id, frame, DROP_VLAN_TAGGED);
		return;
	}
	if (unlikely(frame->offload.flags & FRAME_UNFINISHED))
		sum_for(lcore, to, flooding);
	how = retag_for(decision->form, egress);
	if (unlikely(how) && !flooding->retagged)
		flooding->retagged = retag_staged(lcore, frame, how, decision);
	lcore_stage(lcore, place, how ? flooding->retagged : frame, 1);
	flooding->price += price_of_copy(frame);
	if (frame->offload.flags & FRAME_UNFINISHED)
		flooding->price += price_to(lcore, to, frame);
}

uint64_t
flood(struct lcore *lcore, const struct member *from, struct frame *frame,
	const struct decision *decision)
{
	const struct topology *topology = lcore->topology;
	struct flooding flooding = {
		.from = from,
		.frame = frame,
		.decision = decision,
		.strays = may_stray(from, decision->form) && frame_strays(frame, decision->form),
		.nobody = DROP_NO_PORT,
	};

	if (!may_flood(lcore, from, frame))
		return 0;
	for (int place = topology->first[decision->domain]; place >= 0;
		place = topology->next[place])
		flood_to(lcore, &flooding, place);
	for (uint16_t i = 0; i < topology->n_trunks; i++)
		flood_to(lcore, &flooding, topology->trunk[i]);
	if (!flooding.found)
		lcore_drop(lcore, from->id, frame, flooding.nobody);
	return flooding.price;
}
