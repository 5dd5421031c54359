#include <string.h>

#include <rte_mbuf.h>

#include "device.h"
#include "lcore.h"

void
stage_or_drop(struct lcore *lcore, const struct member *from, struct frame *frame,
	const struct decision *decision)
{
	if (decision->to >= 0)
		stage_decided(lcore, frame, decision);
	else if (decision->to == TO_FLOOD)
		(void)flood(lcore, from, frame, decision);
	else
		lcore_drop(lcore, decision->drop_at, frame, decision->drop);
}

/* All that captures see of a frame in too many pieces. */
static __attribute__((cold)) void
begin_of(struct frame *frame, const struct rte_mbuf *mbuf)
{
	uint16_t n = RTE_MIN(rte_pktmbuf_data_len(mbuf), FRAME_HEAD);

	*frame = (struct frame){.length = n, .head_length = n};
	memcpy(frame->head, rte_pktmbuf_mtod(mbuf, const void *), n);
}

/*
 * Frame by frame: those of a device with a tag per guest, for instance, or in several pieces. Makes
 * frames of n mbufs in burst[0], decides on each and stages it. Returns their
 * bytes.
 */
static uint64_t
forward_mbufs(
	struct lcore *lcore, const struct member *from, struct rte_mbuf *const *mbufs, uint16_t n)
{
	bool per_guest = from->mode == VLAN_MODE_PER_GUEST;
	struct burst *burst = &lcore->burst[0];
	const struct frame *before = NULL;
	struct decision decision;
	int tag = -1, tag_before = -1;
	uint64_t bytes = 0;
	uint16_t used = 0;

	if (unlikely(from->captures != 0))
		captured_begin(lcore, from, burst->frame);
	for (uint16_t i = 0; i < n; i++) {
		struct frame *frame = &burst->frame[i];

		bytes += mbufs[i]->pkt_len;
		if (!device_frame(from->dpdk, mbufs[i], frame, &burst->segment[used],
			    BURST_SEGMENTS - used, per_guest ? &tag : NULL)) {
			begin_of(frame, mbufs[i]);
			lcore_drop(lcore, from->id, frame, DROP_TOO_LONG);
			before = NULL;
			continue;
		}
		used += mbufs[i]->nb_segs;
		if (!before || tag != tag_before || !classify_alike(lcore->sw, before, frame)) {
			if (per_guest)
				classify_tagged(lcore->sw, lcore->topology, from, frame, tag,
					lcore->now, &decision);
			else
				classify(lcore->sw, lcore->topology, from, frame, lcore->now,
					&decision);
		}
		before = decision.to == TO_NONE ? NULL : frame;
		tag_before = tag;
		stage_or_drop(lcore, from, frame, &decision);
	}
	if (unlikely(from->captures != 0))
		captured_end(lcore, from, burst, n);
	return bytes;
}

/* The same of frames that are in one piece each: run by run, as guests'. */
static uint64_t
forward_burst(struct lcore *lcore, const struct member *from, struct burst *burst)
{
	struct taken taken = {.from = from, .look = lcore->plain[0]};

	ring_heads(burst);
	burst_find_runs(lcore, &taken, burst);
	burst_classify_free(lcore, &taken, burst);
	return burst->bytes;
}

uint16_t
forward_device(struct lcore *lcore, const struct member *from, uint16_t queue)
{
	struct counters *counters = &lcore->counters[from->id];
	struct burst *burst = &lcore->burst[0];
	struct rte_mbuf *mbufs[BURST];
	uint16_t n = device_receive(from->dpdk, queue, mbufs, BURST);
	uint64_t bytes;

	if (n == 0)
		return 0;
	lcore->source = queue;
	lcore->pairs.from = from->id;
	lcore->retry = setting(&lcore->sw->settings.rx_retry);
	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void *));
	if (likely(device_burst(from->dpdk, mbufs, n, burst)))
		bytes = forward_burst(lcore, from, burst);
	else
		bytes = forward_mbufs(lcore, from, mbufs, n);
	if (unlikely(lcore->counting))
		count_pairs(lcore);
	deliver_all(lcore);
	device_free(mbufs, n);
	counter_add(&counters->rx_packets, n);
	counter_add(&counters->rx_bytes, bytes);
	return n;
}
