#include <rte_cycles.h>
#include <rte_lcore.h>

#include "device.h"
#include "forward.h"
#include "lcore.h"

#include "../ring/interrupt.h"
#include "../vhost/guest.h"

/*
 * Ports that had nothing for so many rounds are silent. While others keep the lcore busy they are
 * looked at in one round of ALL_EACH: a look is a line of a guest's memory. An lcore that found
 * nothing in ALL_EACH rounds looks at all of them each round.
 */
#define LATELY 256
#define ALL_EACH 4

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
	counter_add(&taken->ring->work, work_of_frames(burst->n, burst->bytes));
	counter_add(&counters->rx_packets, burst->n);
	counter_add(&counters->rx_bytes, burst->bytes);
	if (unlikely(taken->from->limited))
		charge_sent(lcore, taken->from, burst->bytes);
}

/* The same while pairs are counted. */
static __attribute__((cold, noinline)) void
classify_counted(struct lcore *lcore, struct taken *taken, struct burst *burst)
{
	lcore->pairs.from = taken->from->id;
	burst_classify(lcore, taken, burst);
	count_pairs(lcore);
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
			burst_find_runs(lcore, &lcore->taken[i - 1], &lcore->burst[i - 1]);
		}
		if (i < 2)
			continue;
		if (likely(!lcore->counting))
			burst_classify(lcore, &lcore->taken[i - 2], &lcore->burst[i - 2]);
		else
			classify_counted(lcore, &lcore->taken[i - 2], &lcore->burst[i - 2]);
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

/* Of an lcore that was idle: its guests are told at once, too. */
static __attribute__((noinline)) uint32_t
forward_alone(struct lcore *lcore)
{
	uint32_t frames = forward_group(lcore);

	lcore_notify(lcore);
	return frames;
}

/* Where service goes on when a port could not pay for all its pairs. */
static __attribute__((noinline)) uint16_t
first_turn(const struct balance *balance, const uint8_t *pair, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++)
		if (pair[i] >= balance->first_pair)
			return i;
	return 0;
}

/*
 * Takes those of the port's rings that are this lcore's and have something, in turn when it cannot
 * pay for all; `at` is its number among what the lcore polls. Returns the number of frames of
 * groups that this completed.
 */
static uint32_t
forward_port(struct lcore *lcore, const struct polled_port *polled, uint16_t at)
{
	const struct member *from = &lcore->topology->member[polled->place];
	const uint8_t *pairs = &lcore->topology->pair[polled->first];
	struct balance *balance = &lcore->balance[from->id];
	uint16_t n = polled->n, first = n > 1 ? first_turn(balance, pairs, n) : 0;
	uint32_t frames = 0;

	for (uint16_t i = 0; i < n; i++) {
		uint16_t pair = pairs[first + i < n ? first + i : first + i - n];
		struct ring *ring = &from->guest->ring[pair * 2 + 1].ring;

		if (i > 0)
			debt_add(&balance->sending, PRICE_RING);
		if (!ring_ready(ring)) {
			/* One word says so from now on. Debts are paid off round by round. */
			if (n == 1 && balance->sending == 0)
				ring_look_away(ring, &lcore->look[at]);
			continue;
		}
		if (unlikely(balance_is_overdrawn(balance))) {
			balance->first_pair = pair;
			break;
		}
		lcore->seen[at] = lcore->round;
		ring_look_closely(&lcore->look[at]);
		lcore->taken[lcore->n_taken] = (struct taken){.from = from,
			.ring = ring,
			.pair = pair,
			.look = lcore->plain[lcore->n_taken]};
		lcore->n_taken++;
		if (lcore->n_taken == GROUP)
			frames += forward_group(lcore);
	}
	return frames;
}

static uint32_t
poll_port(struct lcore *lcore, const struct polled_port *polled, uint16_t at)
{
	const struct member *from = &lcore->topology->member[polled->place];

	/* What is too much for now waits in its rings, and nobody for it. */
	if (unlikely(from->limited) && !may_send_more(lcore, from))
		return 0;
	if (likely(balance_may_send(&lcore->balance[from->id])))
		return forward_port(lcore, polled, at);
	lcore->postponed = true;
	return 0;
}

/* Another topology: the lcore polls others, and rings may have gone. */
static __attribute__((noinline)) void
look_anew(struct lcore *lcore, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		ring_look_closely(&lcore->look[i]);
		lcore->seen[i] = lcore->round;
	}
	lcore->polled_of = lcore->topology->number;
	/* Rings that another lcore polled may be left asking for kicks. */
	lcore->idle.asked = true;
}

/* All ports; those that had frames lately are noted for the rounds that follow. */
static uint32_t
poll_all(struct lcore *lcore, unsigned int id)
{
	const struct topology *topology = lcore->topology;
	const struct polled_port *polled = &topology->poll[topology->polled[id].begin];
	uint16_t n = (uint16_t)(topology->polled[id].end - topology->polled[id].begin);
	uint32_t frames = 0;

	if (unlikely(lcore->polled_of != topology->number))
		look_anew(lcore, n);
	lcore->n_lively = 0;
	for (uint16_t i = 0; i < n; i++) {
		if (!ring_is_silent(&lcore->look[i])) {
			frames += poll_port(lcore, &polled[i], i);
			/* Nobody else is there: what has come need not wait for company. */
			if (lcore->n_taken && lcore->empty)
				frames += forward_alone(lcore);
		}
		if (lcore->round - lcore->seen[i] < LATELY)
			lcore->lively[lcore->n_lively++] = i;
	}
	return frames;
}

static uint32_t
poll_lively(struct lcore *lcore, unsigned int id)
{
	const struct topology *topology = lcore->topology;
	const struct polled_port *polled = &topology->poll[topology->polled[id].begin];
	uint32_t frames = 0;

	for (uint16_t i = 0; i < lcore->n_lively; i++) {
		uint16_t at = lcore->lively[i];

		if (!ring_is_silent(&lcore->look[at]))
			frames += poll_port(lcore, &polled[at], at);
	}
	return frames;
}

static uint32_t
forward_guests(struct lcore *lcore, unsigned int id)
{
	bool all = lcore->round % ALL_EACH == 0 || lcore->empty >= ALL_EACH ||
		   lcore->polled_of != lcore->topology->number;
	uint32_t frames;

	lcore->retry = false;
	lcore->postponed = false;
	frames = all ? poll_all(lcore, id) : poll_lively(lcore, id);
	if (lcore->n_taken)
		frames += forward_group(lcore);
	return frames;
}

/* Whether the lcore polls queues of the device, if there are enough. */
static bool
is_polled(const struct lcore *lcore, const struct polled_device *device)
{
	return device->first != LCORE_NOBODY && (!device->alone || device->first == lcore->index);
}

/* The first of them; n: of lcores. */
static uint16_t
first_queue(const struct lcore *lcore, const struct polled_device *device, uint16_t n)
{
	return (lcore->index + n - device->first) % n;
}

/* Queues of a device that is an lcore's alone are all its; else the n lcores share them out. */
static uint32_t
forward_queues(struct lcore *lcore, const struct polled_device *device, uint16_t n)
{
	const struct member *from = &lcore->topology->member[device->place];
	uint16_t step = device->alone ? 1 : n, n_queues;
	uint32_t frames = 0;

	if (!is_polled(lcore, device))
		return 0;
	n_queues = device_rx_queues(from->dpdk);
	for (uint16_t queue = first_queue(lcore, device, n); queue < n_queues; queue += step)
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

bool
forward_polls_devices(const struct lcore *lcore)
{
	const struct topology *topology = lcore->topology;
	uint16_t n = rte_lcore_count();

	for (uint16_t i = 0; i < topology->n_devices; i++) {
		const struct polled_device *device = &topology->device[i];

		if (is_polled(lcore, device) &&
			first_queue(lcore, device, n) <
				device_rx_queues(topology->member[device->place].dpdk))
			return true;
	}
	return false;
}

static __attribute__((noinline)) void
count_or_not(struct lcore *lcore, bool counting)
{
	if (counting)
		pairs_clear(&lcore->pairs);
	lcore->counting = counting;
}

uint32_t
forward_round(struct lcore *lcore, unsigned int id)
{
	struct vswitch *sw = lcore->sw;
	uint32_t frames;
	bool counting;

	lcore->now = vswitch_now(sw);
	counting = lcore->now < __atomic_load_n(&sw->pairs_until, __ATOMIC_RELAXED);
	if (unlikely(counting != lcore->counting))
		count_or_not(lcore, counting);
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
	unsigned int id = rte_lcore_id();
	struct lcore *lcore = sw->lcores[id];

	interrupt_own();
	rte_rcu_qsbr_thread_register(sw->readers, id);
	rte_rcu_qsbr_thread_online(sw->readers, id);
	while (!__atomic_load_n(&sw->stop, __ATOMIC_RELAXED)) {
		uint64_t start = rte_rdtsc();
		uint32_t frames = forward_round(lcore, id);

		if (frames) {
			counter_add(&lcore->busy_frames, frames);
			counter_add(&lcore->busy_cycles, rte_rdtsc() - start);
			lcore->idle.frame = start;
			if (unlikely(lcore->idle.asked))
				idle_ask_no_kicks(lcore, id);
		}
		rte_rcu_qsbr_quiescent(sw->readers, id);
		if (!frames && !lcore->postponed)
			idle_rest(lcore, id);
	}
	rte_rcu_qsbr_thread_offline(sw->readers, id);
	rte_rcu_qsbr_thread_unregister(sw->readers, id);
	return 0;
}
