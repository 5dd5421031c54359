#include <string.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "classify.h"
#include "device.h"
#include "forward.h"
#include "lcore.h"
#include "mirror.h"

#include "../ring/interrupt.h"
#include "../vhost/guest.h"

/*
 * Ports that had nothing for so many rounds are silent. While others keep the lcore busy they are
 * looked at in one round of ALL_EACH: a look is a line of a guest's memory, and 200 of them take as
 * long as the frames of two busy ports. An lcore that found nothing in ALL_EACH rounds looks at all
 * of them each round.
 */
#define LATELY 256
#define ALL_EACH 16

/* Rounds without a frame before an idle lcore pauses, so that a trickle is not delayed. */
#define IDLE_ROUNDS 64

/* Marks runs of frames. Prefetches what the look-ups of the others will read. */
static void
find_runs(const struct lcore *lcore, struct taken *taken, const struct burst *burst)
{
	const struct frame *before = NULL;
	uint64_t bytes = 0;

	taken->alike = 0;
	for (uint16_t i = 0; i < burst->n; i++) {
		const struct frame *frame = &burst->frame[i];

		if (before && classify_alike(lcore->sw, before, frame))
			taken->alike |= 1u << i;
		else
			classify_fetch(lcore->sw, taken->from, frame);
		bytes += frame->length;
		before = frame;
	}
	taken->bytes = bytes;
}

/* All but the usual, one copy for one guest. Returns what it costs beside that. */
static __attribute__((noinline)) uint64_t
stage_unusual(struct lcore *lcore, const struct member *from, const struct frame *frame,
	const struct decision *decision)
{
	if (decision->to >= 0) {
		stage_decided(lcore, frame, decision);
		return price_to(lcore, &lcore->topology->member[decision->to], frame);
	}
	if (decision->to == TO_FLOOD)
		return flood(lcore, from, frame, decision);
	lcore_drop(lcore, decision->drop_at, decision->drop);
	return 0;
}

/* Leaves all but the first n frames of a burst in their ring, unpaid. */
static __attribute__((cold, noinline)) void
keep(struct lcore *lcore, struct taken *taken, struct burst *burst, uint16_t n)
{
	struct balance *balance = &lcore->balance[taken->from->id];

	for (uint16_t i = n; i < burst->n; i++) {
		taken->bytes -= burst->frame[i].length;
		balance->sending -= RTE_MIN(balance->sending, price_of_copy(&burst->frame[i]));
	}
	if (n > 0)
		balance->first_pair = taken->pair;
	ring_keep(taken->ring, burst, n);
}

/* A burst that goes beyond all credit: what is too much is left, but for the round's first frame.
 */
static __attribute__((cold, noinline)) void
keep_affordable(struct lcore *lcore, struct taken *taken, struct burst *burst, uint16_t least)
{
	uint32_t debt = lcore->balance[taken->from->id].sending;
	uint16_t n = burst->n;

	for (; n > least && debt > BUDGET_CREDIT; n--)
		debt -= RTE_MIN(debt, price_of_copy(&burst->frame[n - 1]));
	keep(lcore, taken, burst, n);
}

static inline void
pay(struct lcore *lcore, struct taken *taken, struct burst *burst)
{
	struct balance *balance = &lcore->balance[taken->from->id];
	uint16_t least = !balance_is_overdrawn(balance);

	debt_add(&balance->sending, price_of_burst(burst, taken->bytes));
	if (unlikely(balance_is_overdrawn(balance)))
		keep_affordable(lcore, taken, burst, least);
}

static void
classify_burst(struct lcore *lcore, struct taken *taken, struct burst *burst)
{
	const struct member *from = taken->from;
	struct balance *balance = &lcore->balance[from->id];
	struct decision decision = {.to = TO_NONE};

	pay(lcore, taken, burst);
	lcore->source = from->id + taken->pair;
	if (unlikely(from->guarded))
		lcore->guard_run.source_and_type = 0;
	for (uint16_t i = 0; i < burst->n; i++) {
		struct frame *frame = &burst->frame[i];

		/* Before its addresses are learnt. The next one is not like it. */
		if (unlikely(from->guarded) && !guarded_admits(lcore, from, frame)) {
			decision.to = TO_NONE;
			continue;
		}
		if (!(taken->alike & 1u << i) || decision.to == TO_NONE)
			classify(lcore->sw, lcore->topology, from, frame, lcore->now, &decision);
		if (decision.to >= 0 &&
			likely(!((frame->offload.flags & FRAME_UNFINISHED) | decision.retag))) {
			lcore_stage(lcore, decision.to, frame);
			continue;
		}
		debt_add(&balance->sending, stage_unusual(lcore, from, frame, &decision));
		if (unlikely(balance_is_overdrawn(balance)))
			keep(lcore, taken, burst, i + 1);
	}
	/* Only now: frames that are kept come again. */
	if (unlikely(from->mirror != NULL))
		for (uint16_t i = 0; i < burst->n; i++)
			mirror_frame(from->mirror, &burst->frame[i]);
}

static __attribute__((noinline)) bool
may_send_more(const struct lcore *lcore, const struct member *from)
{
	const struct bandwidth *rate = &lcore->topology->rates[from - lcore->topology->member].out;

	return !bandwidth_is_limited(rate) || meter_is_due(&from->port->outbound, rte_rdtsc());
}

static __attribute__((noinline)) void
charge_sent(const struct lcore *lcore, const struct member *from, uint64_t bytes)
{
	const struct bandwidth *rate = &lcore->topology->rates[from - lcore->topology->member].out;

	meter_charge(&from->port->outbound, rate, bytes, rte_rdtsc());
}

/* Returns a ring's buffers to the guest, and counts. */
static void
finish(struct lcore *lcore, const struct taken *taken, const struct burst *burst)
{
	struct counters *counters = &lcore->counters[taken->from->id];

	*lcore_due(lcore) = ring_release_due(taken->ring, burst);
	counter_add(&counters->rx_packets, burst->n);
	counter_add(&counters->rx_bytes, taken->bytes);
	if (unlikely(taken->from->limited))
		charge_sent(lcore, taken->from, taken->bytes);
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
			ring_begin(lcore->taken[i].ring, &lcore->burst[i]);
		if (i >= 1 && i <= n) {
			ring_heads(&lcore->burst[i - 1]);
			find_runs(lcore, &lcore->taken[i - 1], &lcore->burst[i - 1]);
		}
		if (i >= 2)
			classify_burst(lcore, &lcore->taken[i - 2], &lcore->burst[i - 2]);
	}
	deliver_all(lcore);
	guard_copies_clear(&lcore->guard_copies);
	for (uint16_t i = 0; i < n; i++) {
		frames += lcore->burst[i].n;
		if (lcore->burst[i].n)
			finish(lcore, &lcore->taken[i], &lcore->burst[i]);
	}
	lcore->n_taken = 0;
	return frames;
}

/* Takes the port's rings that have something, in turn when it cannot pay for all. */
static uint32_t
forward_port(struct lcore *lcore, const struct member *from)
{
	struct balance *balance = &lcore->balance[from->id];
	uint16_t n = from->guest->n_pairs,
		 first = balance->first_pair < n ? balance->first_pair : 0;
	uint32_t frames = 0;

	for (uint16_t i = 0; i < n; i++) {
		uint16_t pair = first + i < n ? first + i : first + i - n;
		struct ring *ring = guest_transmit_ring(from->guest, pair);

		if (i > 0)
			debt_add(&balance->sending, PRICE_RING);
		if (!ring || !ring_ready(ring))
			continue;
		if (unlikely(balance_is_overdrawn(balance))) {
			balance->first_pair = pair;
			break;
		}
		lcore->seen[from->id] = lcore->round;
		lcore->taken[lcore->n_taken++] =
			(struct taken){.from = from, .ring = ring, .pair = pair};
		if (lcore->n_taken == GROUP)
			frames += forward_group(lcore);
	}
	return frames;
}

static inline uint32_t
poll_port(struct lcore *lcore, const struct member *from)
{
	/* What is too much for now waits in its rings, and nobody for it. */
	if (unlikely(from->limited) && !may_send_more(lcore, from))
		return 0;
	if (likely(balance_may_send(&lcore->balance[from->id])))
		return forward_port(lcore, from);
	lcore->postponed = true;
	return 0;
}

/* All ports; those that had frames lately are noted for the rounds that follow. */
static uint32_t
poll_all(struct lcore *lcore, unsigned int id)
{
	const struct topology *topology = lcore->topology;
	uint32_t frames = 0;

	lcore->n_lively = 0;
	for (uint16_t i = topology->polled[id].begin; i < topology->polled[id].end; i++) {
		const struct member *from = &topology->member[i];

		frames += poll_port(lcore, from);
		if (lcore->round - lcore->seen[from->id] < LATELY)
			lcore->lively[lcore->n_lively++] = i;
	}
	lcore->lively_of = topology->number;
	return frames;
}

static uint32_t
poll_lively(struct lcore *lcore)
{
	uint32_t frames = 0;

	for (uint16_t i = 0; i < lcore->n_lively; i++)
		frames += poll_port(lcore, &lcore->topology->member[lcore->lively[i]]);
	return frames;
}

static uint32_t
forward_guests(struct lcore *lcore, unsigned int id)
{
	bool all = lcore->round % ALL_EACH == 0 || lcore->empty >= ALL_EACH ||
		   lcore->lively_of != lcore->topology->number;
	uint32_t frames;

	lcore->retry = false;
	lcore->postponed = false;
	frames = all ? poll_all(lcore, id) : poll_lively(lcore);
	if (lcore->n_taken)
		frames += forward_group(lcore);
	return frames;
}

/* Queues of a device that is an lcore's alone are all its; else the n lcores share them out. */
static uint32_t
forward_queues(struct lcore *lcore, const struct polled_device *device, uint16_t n)
{
	const struct member *from = &lcore->topology->member[device->place];
	uint16_t step = device->alone ? 1 : n, n_queues;
	uint32_t frames = 0;

	if (device->first == LCORE_NOBODY || (device->alone && device->first != lcore->index))
		return 0;
	n_queues = device_rx_queues(from->dpdk);
	for (uint16_t queue = (lcore->index + n - device->first) % n; queue < n_queues;
		queue += step)
		frames += forward_device(lcore, from, queue);
	return frames;
}

static uint32_t
forward_devices(struct lcore *lcore)
{
	const struct topology *topology = lcore->topology;
	uint16_t n = rte_lcore_count();
	uint32_t frames = 0;

	for (uint16_t i = 0; i < topology->n_devices; i++)
		frames += forward_queues(lcore, &topology->device[i], n);
	return frames;
}

static uint32_t
forward_round(struct lcore *lcore, unsigned int id)
{
	struct vswitch *sw = lcore->sw;
	uint32_t frames;

	lcore->now = vswitch_now(sw);
	lcore->round++;
	lcore->topology = __atomic_load_n(&sw->topology, __ATOMIC_ACQUIRE);
	frames = forward_guests(lcore, id);
	frames += forward_devices(lcore);
	lcore_notify(lcore);
	lcore->empty = frames ? 0 : lcore->empty + 1;
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
		} else if (pause && !lcore->postponed && ++idle > IDLE_ROUNDS) {
			rte_delay_us_sleep(pause);
		}
	}
	rte_rcu_qsbr_thread_offline(sw->readers, id);
	rte_rcu_qsbr_thread_unregister(sw->readers, id);
	return 0;
}
