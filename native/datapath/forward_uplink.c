#include <rte_mbuf.h>

#include "classify.h"
#include "lcore.h"
#include "uplink.h"

static void
flood_from_uplink(struct lcore *lcore, const struct frame *frame, uint16_t tag)
{
	const struct topology *topology = lcore->topology;

	for (uint16_t i = 0; i < topology->n; i++)
		if (topology->member[i].tag == tag)
			lcore_stage(lcore, i, frame);
}

uint16_t
forward_uplink(struct lcore *lcore, uint16_t queue)
{
	struct counters *counters = &lcore->counters[UPLINK_ID];
	struct burst *burst = &lcore->burst[0];
	struct rte_mbuf *mbufs[BURST];
	uint16_t n = uplink_receive(lcore->sw->uplink, queue, mbufs, BURST), used = 0;
	const struct frame *before = NULL;
	struct decision decision;
	uint64_t bytes = 0;
	int tag_before = -1;

	if (n == 0)
		return 0;
	lcore->source = queue;
	lcore->retry = setting(&lcore->sw->settings.rx_retry);
	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void *));
	for (uint16_t i = 0; i < n; i++) {
		struct frame *frame = &burst->frame[i];
		int tag;

		bytes += mbufs[i]->pkt_len;
		if (!uplink_frame(lcore->sw->uplink, mbufs[i], frame, &burst->segment[used],
			    BURST_SEGMENTS - used, &tag)) {
			lcore_drop(lcore, UPLINK_ID, DROP_TOO_LONG);
			before = NULL;
			continue;
		}
		used += mbufs[i]->nb_segs;
		if (!before || tag != tag_before || !classify_alike(lcore->sw, before, frame))
			classify_uplink(
				lcore->sw, lcore->topology, frame, tag, lcore->now, &decision);
		before = decision.to == TO_NONE ? NULL : frame;
		tag_before = tag;
		if (decision.to >= 0)
			lcore_stage(lcore, decision.to, frame);
		else if (decision.to == TO_FLOOD)
			flood_from_uplink(lcore, frame, decision.tag);
		else
			lcore_drop(lcore, decision.drop_at, decision.drop);
	}
	deliver_all(lcore);
	rte_pktmbuf_free_bulk(mbufs, n);
	counter_add(&counters->rx_packets, n);
	counter_add(&counters->rx_bytes, bytes);
	return n;
}
