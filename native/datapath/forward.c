#include <string.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "classify.h"
#include "flood.h"
#include "lcore.h"
#include "forward.h"
#include "mirror.h"
#include "uplink.h"

#include "../ring/interrupt.h"
#include "../vhost/guest.h"

/* Rounds without a frame before an idle lcore pauses, so that a trickle is not delayed. */
#define IDLE_ROUNDS 64

static void
flood_from_guest(
	struct lcore *lcore, const struct member *from, const struct frame *frame, uint16_t tag)
{
	const struct topology *topology = lcore->topology;
	bool sent = lcore->sw->uplink;

	if (!flood_allowed(&from->port->flood, from->flood_limit, lcore->tsc_per_second)) {
		lcore_drop(lcore, from->id, DROP_FLOOD_LIMIT);
		return;
	}
	for (uint16_t i = 0; i < topology->n; i++) {
		const struct member *to = &topology->member[i];

		if (to != from && to->vlan == from->vlan) {
			lcore_stage(lcore, i, frame);
			sent = true;
		}
	}
	if (lcore->sw->uplink)
		lcore_stage_uplink(lcore, frame, tag);
	if (!sent)
		lcore_drop(lcore, from->id, DROP_NO_PORT);
}

/* Marks runs of frames. Prefetches what the look-ups of the others will read. */
static void
find_runs(const struct lcore *lcore, struct taken *taken, const struct burst *burst)
{
	const struct frame *before = NULL;

	taken->alike = 0;
	for (uint16_t i = 0; i < burst->n; i++) {
		const struct frame *frame = &burst->frame[i];

		if (before && classify_alike(lcore->sw, before, frame))
			taken->alike |= 1u << i;
		else
			classify_fetch(lcore->sw, taken->from->vlan, frame);
		before = frame;
	}
}

static void
classify_burst(struct lcore *lcore, const struct taken *taken, const struct burst *burst)
{
	const struct member *from = taken->from;
	struct decision decision = {.to = TO_NONE};

	if (unlikely(from->mirror != NULL))
		for (uint16_t i = 0; i < burst->n; i++)
			mirror_frame(from->mirror, &burst->frame[i]);
	lcore->source = from->id + taken->pair;
	for (uint16_t i = 0; i < burst->n; i++) {
		const struct frame *frame = &burst->frame[i];

		if (!(taken->alike & 1u << i) || decision.to == TO_NONE)
			classify_guest(
				lcore->sw, lcore->topology, from, frame, lcore->now, &decision);
		if (decision.to >= 0)
			lcore_stage(lcore, decision.to, frame);
		else if (decision.to == TO_FLOOD)
			flood_from_guest(lcore, from, frame, decision.tag);
		else if (decision.to == TO_UPLINK)
			lcore_stage_uplink(lcore, frame, decision.tag);
		else
			lcore_drop(lcore, decision.drop_at, decision.drop);
	}
}

/* Returns a ring's buffers to the guest, and counts. */
static void
finish(struct lcore *lcore, const struct taken *taken, const struct burst *burst)
{
	struct counters *counters = &lcore->counters[taken->from->id];
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < burst->n; i++)
		bytes += burst->frame[i].length;
	*lcore_due(lcore) = ring_release_due(taken->ring, burst);
	counter_add(&counters->rx_packets, burst->n);
	counter_add(&counters->rx_bytes, bytes);
}

/* One burst of each ring, step by step. Returns the number of frames. */
static uint32_t
forward_group(struct lcore *lcore)
{
	uint16_t n = lcore->n_taken;
	uint32_t frames = 0;

	/* Each step reads what the previous one prefetched, while another burst was worked on. */
	for (uint16_t i = 0; i < n + 2; i++) {
		if (i < n)
			frames += ring_begin(lcore->taken[i].ring, &lcore->burst[i]);
		if (i >= 1 && i <= n) {
			ring_heads(&lcore->burst[i - 1]);
			find_runs(lcore, &lcore->taken[i - 1], &lcore->burst[i - 1]);
		}
		if (i >= 2)
			classify_burst(lcore, &lcore->taken[i - 2], &lcore->burst[i - 2]);
	}
	deliver_all(lcore);
	for (uint16_t i = 0; i < n; i++)
		if (lcore->burst[i].n)
			finish(lcore, &lcore->taken[i], &lcore->burst[i]);
	lcore->n_taken = 0;
	return frames;
}

static uint32_t
forward_guests(struct lcore *lcore, unsigned int id)
{
	const struct topology *topology = lcore->topology;
	uint32_t frames = 0;

	lcore->retry = false;
	for (uint16_t i = topology->polled[id].begin; i < topology->polled[id].end; i++) {
		const struct member *from = &topology->member[i];

		for (uint16_t pair = 0; pair < from->guest->n_pairs; pair++) {
			struct ring *ring = guest_transmit_ring(from->guest, pair);

			if (!ring || !ring_ready(ring))
				continue;
			lcore->taken[lcore->n_taken++] =
				(struct taken){.from = from, .ring = ring, .pair = pair};
			if (lcore->n_taken == GROUP)
				frames += forward_group(lcore);
		}
	}
	if (lcore->n_taken)
		frames += forward_group(lcore);
	return frames;
}

static uint32_t
forward_round(struct lcore *lcore, unsigned int id)
{
	struct vswitch *sw = lcore->sw;
	uint32_t frames;

	lcore->now = vswitch_now(sw);
	lcore->topology = __atomic_load_n(&sw->topology, __ATOMIC_ACQUIRE);
	frames = forward_guests(lcore, id);
	if (sw->uplink)
		for (uint16_t queue = lcore->index; queue < uplink_rx_queues(sw->uplink);
			queue += rte_lcore_count())
			frames += forward_uplink(lcore, queue);
	lcore_notify(lcore);
	return frames;
}

int
forward_main(void *arg)
{
	struct vswitch *sw = arg;
	unsigned int id = rte_lcore_id(), idle = 0;
	struct lcore *lcore = sw->lcores[id];

	interrupt_own();
	rte_rcu_qsbr_thread_register(sw->readers, id);
	rte_rcu_qsbr_thread_online(sw->readers, id);
	while (!__atomic_load_n(&sw->stop, __ATOMIC_RELAXED)) {
		uint64_t start = rte_rdtsc();
		uint32_t frames = forward_round(lcore, id), pause;

		rte_rcu_qsbr_quiescent(sw->readers, id);
		pause = setting(&sw->settings.idle_sleep);
		if (frames) {
			counter_add(&lcore->busy_frames, frames);
			counter_add(&lcore->busy_cycles, rte_rdtsc() - start);
			idle = 0;
		} else if (pause && ++idle > IDLE_ROUNDS) {
			rte_delay_us_sleep(pause);
		}
	}
	rte_rcu_qsbr_thread_offline(sw->readers, id);
	rte_rcu_qsbr_thread_unregister(sw->readers, id);
	return 0;
}
