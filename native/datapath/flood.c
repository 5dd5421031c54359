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

	return ring ? price_of_finishing(frame, ring->features) : 0;
}

uint64_t
flood_from_guest(
	struct lcore *lcore, const struct member *from, const struct frame *frame, uint16_t tag)
{
	const struct topology *topology = lcore->topology;
	bool sent = lcore->sw->uplink;
	uint64_t price = 0;

	if (!flood_allowed(&from->port->flood, from->flood_limit, lcore->tsc_per_second)) {
		lcore_drop(lcore, from->id, DROP_FLOOD_LIMIT);
		return 0;
	}
	if (unlikely(frame_segments(frame) > FLOOD_SEGMENTS)) {
		lcore_drop(lcore, from->id, DROP_TOO_FINE);
		return 0;
	}
	for (uint16_t i = 0; i < topology->n; i++) {
		const struct member *to = &topology->member[i];

		if (to != from && to->vlan == from->vlan) {
			lcore_stage(lcore, i, frame);
			price += price_of_copy(frame);
			if (frame->offload.flags & FRAME_UNFINISHED)
				price += price_to(lcore, to, frame);
			sent = true;
		}
	}
	if (lcore->sw->uplink) {
		lcore_stage_uplink(lcore, frame, tag);
		price += price_of_finishing(frame, FRAME_PARTIAL);
	}
	if (!sent)
		lcore_drop(lcore, from->id, DROP_NO_PORT);
	return price;
}
