#include <string.h>

#include <rte_cycles.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "classify.h"
#include "core.h"
#include "forward.h"
#include "mirror.h"
#include "uplink.h"

#include "../vhost/guest.h"

/* Rounds without a frame before an idle core pauses, so that a trickle is not delayed. */
#define IDLE_ROUNDS 64
/* A port may flood this part of a second's worth in one go. */
#define FLOOD_BURSTS 10

/* Whether this port may flood one more frame now. */
static bool
may_flood(const struct core *core, const struct member *from)
{
	struct flood_bucket *bucket = &from->port->flood;
	uint32_t limit = from->flood_limit, most = limit / FLOOD_BURSTS + 1;
	uint64_t now, fresh;

	if (!limit)
		return true;
	now = rte_rdtsc();
	fresh = (now - bucket->filled) * (double)limit / core->tsc_per_second;
	if (fresh > 0) {
		bucket->tokens = RTE_MIN(bucket->tokens + fresh, most);
		bucket->filled = now;
	}
	if (bucket->tokens == 0)
		return false;
	bucket->tokens--;
	return true;
}

static void
flood_from_guest(
	struct core *core, const struct member *from, const struct frame *frame, uint16_t tag)
{
	const struct topology *topology = core->topology;
	bool sent = core->sw->uplink;

	if (!may_flood(core, from)) {
		core_drop(core, from->id, DROP_FLOOD_LIMIT);
		return;
	}
	for (uint16_t i = 0; i < topology->n; i++) {
		const struct member *to = &topology->member[i];

		if (to != from && to->vlan == from->vlan) {
			core_stage(core, i, frame);
			sent = true;
		}
	}
	if (core->sw->uplink)
		core_stage_uplink(core, frame, tag);
	if (!sent)
		core_drop(core, from->id, DROP_NO_PORT);
}

/* Marks runs of frames. For the others, what look-ups will read is fetched meanwhile. */
static void
find_runs(const struct core *core, struct taken *taken, const struct burst *burst)
{
	const struct frame *before = NULL;

	taken->alike = 0;
	for (uint16_t i = 0; i < burst->n; i++) {
		const struct frame *frame = &burst->frame[i];

		if (before && classify_alike(core->sw, before, frame))
			taken->alike |= 1u << i;
		else
			classify_fetch(core->sw, taken->from->vlan, frame);
		before = frame;
	}
}

static void
classify_burst(struct core *core, const struct taken *taken, const struct burst *burst)
{
	const struct member *from = taken->from;
	struct decision decision = {.to = TO_NONE};

	if (unlikely(from->mirror != NULL))
		for (uint16_t i = 0; i < burst->n; i++)
			mirror_frame(from->mirror, &burst->frame[i]);
	core->source = from->id + taken->pair;
	for (uint16_t i = 0; i < burst->n; i++) {
		const struct frame *frame = &burst->frame[i];

		if (!(taken->alike & 1u << i) || decision.to == TO_NONE)
			classify_guest(core->sw, core->topology, from, frame, core->now, &decision);
		if (decision.to >= 0)
			core_stage(core, decision.to, frame);
		else if (decision.to == TO_FLOOD)
			flood_from_guest(core, from, frame, decision.tag);
		else if (decision.to == TO_UPLINK)
			core_stage_uplink(core, frame, decision.tag);
		else
			core_drop(core, decision.drop_at, decision.drop);
	}
}

/* Gives a ring's buffers back, and counts. */
static void
finish(struct core *core, const struct taken *taken, const struct burst *burst)
{
	struct counters *counters = &core->counters[taken->from->id];
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < burst->n; i++)
		bytes += burst->frame[i].length;
	*core_due(core) = ring_release_due(taken->ring, burst);
	counter_add(&counters->rx_packets, burst->n);
	counter_add(&counters->rx_bytes, bytes);
}

/* One burst of each ring that was taken, step by step. Returns how many frames there were. */
static uint32_t
forward_group(struct core *core)
{
	uint16_t n = core->n_taken;
	uint32_t frames = 0;

	/* What a step reads was fetched by the step before, while another burst was worked on. */
	for (uint16_t i = 0; i < n + 2; i++) {
		if (i < n)
			frames += ring_begin(core->taken[i].ring, &core->burst[i]);
		if (i >= 1 && i <= n) {
			ring_heads(&core->burst[i - 1]);
			find_runs(core, &core->taken[i - 1], &core->burst[i - 1]);
		}
		if (i >= 2)
			classify_burst(core, &core->taken[i - 2], &core->burst[i - 2]);
	}
	deliver_all(core);
	for (uint16_t i = 0; i < n; i++)
		if (core->burst[i].n)
			finish(core, &core->taken[i], &core->burst[i]);
	core->n_taken = 0;
	return frames;
}

static uint32_t
forward_guests(struct core *core, unsigned int lcore)
{
	const struct topology *topology = core->topology;
	uint32_t frames = 0;

	core->retry = false;
	for (uint16_t i = 0; i < topology->n; i++) {
		const struct member *from = &topology->member[i];

		if (from->lcore != lcore)
			continue;
		for (uint16_t pair = 0; pair < from->guest->n_pairs; pair++) {
			struct ring *ring = guest_transmit_ring(from->guest, pair);

			if (!ring || !ring_ready(ring))
				continue;
			core->taken[core->n_taken++] =
				(struct taken){.from = from, .ring = ring, .pair = pair};
			if (core->n_taken == GROUP)
				frames += forward_group(core);
		}
	}
	if (core->n_taken)
		frames += forward_group(core);
	return frames;
}

static void
flood_from_uplink(struct core *core, const struct frame *frame, uint16_t tag)
{
	const struct topology *topology = core->topology;

	for (uint16_t i = 0; i < topology->n; i++)
		if (topology->member[i].tag == tag)
			core_stage(core, i, frame);
}

/* One burst of one queue of the uplink. The burst's frames and segments are used for mbufs. */
static uint16_t
forward_uplink(struct core *core, uint16_t queue)
{
	struct counters *counters = &core->counters[UPLINK_ID];
	struct burst *burst = &core->burst[0];
	struct rte_mbuf *mbufs[BURST];
	uint16_t n = uplink_receive(core->sw->uplink, queue, mbufs, BURST), used = 0;
	const struct frame *before = NULL;
	struct decision decision;
	uint64_t bytes = 0;
	int tag_before = -1;

	if (n == 0)
		return 0;
	core->source = queue;
	core->retry = atomic_load_explicit(&core->sw->settings.rx_retry, memory_order_relaxed);
	for (uint16_t i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void *));
	for (uint16_t i = 0; i < n; i++) {
		struct frame *frame = &burst->frame[i];
		int tag;

		bytes += mbufs[i]->pkt_len;
		if (!uplink_frame(core->sw->uplink, mbufs[i], frame, &burst->segment[used],
			    BURST_SEGMENTS - used, &tag)) {
			core_drop(core, UPLINK_ID, DROP_TOO_LONG);
			before = NULL;
			continue;
		}
		used += mbufs[i]->nb_segs;
		if (!before || tag != tag_before || !classify_alike(core->sw, before, frame))
			classify_uplink(core->sw, core->topology, frame, tag, core->now, &decision);
		before = decision.to == TO_NONE ? NULL : frame;
		tag_before = tag;
		if (decision.to >= 0)
			core_stage(core, decision.to, frame);
		else if (decision.to == TO_FLOOD)
			flood_from_uplink(core, frame, decision.tag);
		else
			core_drop(core, decision.drop_at, decision.drop);
	}
	deliver_all(core);
	rte_pktmbuf_free_bulk(mbufs, n);
	counter_add(&counters->rx_packets, n);
	counter_add(&counters->rx_bytes, bytes);
	return n;
}

static uint32_t
forward_round(struct core *core, unsigned int lcore)
{
	struct vswitch *sw = core->sw;
	uint32_t frames;

	core->now = atomic_load_explicit(&sw->now, memory_order_relaxed);
	core->topology = atomic_load_explicit(&sw->topology, memory_order_acquire);
	frames = forward_guests(core, lcore);
	if (sw->uplink)
		for (uint16_t queue = core->index; queue < uplink_rx_queues(sw->uplink);
			queue += rte_lcore_count())
			frames += forward_uplink(core, queue);
	core_tell(core);
	return frames;
}

struct core *
core_create(struct vswitch *sw, unsigned int lcore)
{
	struct core *core =
		rte_zmalloc_socket("core", sizeof(*core), 64, (int)rte_lcore_to_socket_id(lcore));

	if (core && sw->tx_csum)
		core->completed = rte_zmalloc_socket("completed", sizeof(*core->completed), 64,
			(int)rte_lcore_to_socket_id(lcore));
	if (core && sw->tx_csum && !core->completed) {
		rte_free(core);
		return NULL;
	}
	if (core) {
		core->sw = sw;
		core->counters = sw->counters[lcore];
		core->index = rte_lcore_index((int)lcore);
		core->tsc_per_second = rte_get_tsc_hz();
	}
	return core;
}

void
core_destroy(struct core *core)
{
	if (core)
		rte_free(core->completed);
	rte_free(core);
}

void
core_busy(const struct core *core, uint64_t *cycles, uint64_t *frames)
{
	*cycles = __atomic_load_n(&core->busy_cycles, __ATOMIC_RELAXED);
	*frames = __atomic_load_n(&core->busy_frames, __ATOMIC_RELAXED);
}

int
forward_main(void *arg)
{
	struct vswitch *sw = arg;
	unsigned int lcore = rte_lcore_id(), idle = 0;
	struct core *core = sw->cores[lcore];

	rte_rcu_qsbr_thread_register(sw->readers, lcore);
	rte_rcu_qsbr_thread_online(sw->readers, lcore);
	while (!atomic_load_explicit(&sw->stop, memory_order_relaxed)) {
		uint64_t start = rte_rdtsc();
		uint32_t frames = forward_round(core, lcore), pause;

		rte_rcu_qsbr_quiescent(sw->readers, lcore);
		pause = atomic_load_explicit(&sw->settings.idle_sleep, memory_order_relaxed);
		if (frames) {
			counter_add(&core->busy_frames, frames);
			counter_add(&core->busy_cycles, rte_rdtsc() - start);
			idle = 0;
		} else if (pause && ++idle > IDLE_ROUNDS) {
			rte_delay_us_sleep(pause);
		}
	}
	rte_rcu_qsbr_thread_offline(sw->readers, lcore);
	rte_rcu_qsbr_thread_unregister(sw->readers, lcore);
	return 0;
}
