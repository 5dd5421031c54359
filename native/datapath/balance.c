#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "balance.h"
#include "budget.h"
#include "device.h"
#include "lcore.h"
#include "placement.h"
#include "port_guest.h"
#include "port_place.h"
#include "vswitch.h"

#include "../base/log.h"

/* A load of 1: all cycles of an lcore. */
#define FULL 1000000
#define PERCENT (FULL / 100)

/* What placement_move() is asked. */
struct loads {
	uint16_t n;
	uint32_t n_queues;
	struct placement_lcore lcores[RTE_MAX_LCORE];
	struct placement_queue queues[];
};

/* Its queues are several lcores' unless an operator gave them to one. */
static void
read_device(const struct vswitch *sw, const struct port *port, struct balance_reading *now)
{
	struct counters sum = {0};

	port_counters(sw, port->id, &sum);
	now->queues[now->n++] = (struct queue_reading){
		.port = port->id,
		.lcore = (uint16_t)port->lcore,
		.fixed = port->pinned || device_rx_queues(port->device) > 1,
		.work = work_of_frames(sum.rx_packets, sum.rx_bytes),
	};
}

static void
read_pair(const struct port *port, const struct ring *ring, uint16_t pair,
	struct balance_reading *now)
{
	now->queues[now->n++] = (struct queue_reading){
		.port = port->id,
		.pair = pair,
		.lcore = (uint16_t)port_queue_lcore(port, pair),
		.fixed = port_queue_is_pinned(port, pair),
		.work = __atomic_load_n(&ring->work, __ATOMIC_RELAXED),
	};
}

static void
read_port(const struct vswitch *sw, const struct port *port, struct balance_reading *now)
{
	struct guest *guest = port_guest(port);

	if (port_dpdk(port)) {
		read_device(sw, port, now);
		return;
	}
	for (uint16_t i = 0; guest && i < guest->n_pairs; i++)
		if (guest_transmit_ring(guest, i))
			read_pair(port, guest_transmit_ring(guest, i), i, now);
}

/* At most. */
static uint32_t
count_queues(const struct vswitch *sw)
{
	uint32_t n = 0;

	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		const struct port *port = &sw->ports[i];
		const struct guest *guest = port->used ? port_guest(port) : NULL;

		n += guest && !port_dpdk(port) ? guest->n_pairs : port->used;
	}
	return n;
}

static void
take_reading(struct vswitch *sw, struct balance_reading *now)
{
	unsigned int lcore;
	uint32_t n;

	pthread_mutex_lock(&sw->lock);
	n = count_queues(sw);
	now->queues = calloc(n + 1, sizeof(*now->queues));
	now->is_there = now->queues;
	now->tsc = rte_rdtsc();
	RTE_LCORE_FOREACH (lcore) {
		uint64_t frames;

		lcore_busy(sw->lcores[lcore], &now->busy[lcore], &frames);
	}
	for (uint16_t i = 0; now->queues && i < MAX_PORTS; i++)
		if (sw->ports[i].used)
			read_port(sw, &sw->ports[i], now);
	pthread_mutex_unlock(&sw->lock);
}

/* Its place in loads->lcores, which is no index of the EAL's: --lcores may name them in any order.
 */
static uint16_t
place_of(const struct loads *loads, unsigned int lcore)
{
	uint16_t at = 0;

	while (at + 1 < loads->n && loads->lcores[at].lcore != lcore)
		at++;
	return at;
}

static int
in_order(const void *one, const void *other)
{
	const struct queue_reading *a = one, *b = other;

	return a->port != b->port ? a->port - b->port : a->pair - b->pair;
}

/*
 * What it sent since the last reading; 0 if it was another lcore's, or another guest's, then: a
 * guest's rings begin at 0.
 */
static uint64_t
work_of(const struct balance_reading *last, const struct queue_reading *now)
{
	const struct queue_reading *before =
		bsearch(now, last->queues, last->n, sizeof(*now), in_order);

	if (!before || before->lcore != now->lcore || now->work < before->work)
		return 0;
	return now->work - before->work;
}

static uint32_t
share(uint64_t part, uint64_t whole, uint32_t of)
{
	return whole ? (uint32_t)((double)RTE_MIN(part, whole) / (double)whole * of) : 0;
}

static void
add_lcores(const struct vswitch *sw, const struct balance_reading *last,
	const struct balance_reading *now, struct loads *loads)
{
	unsigned int lcore;

	RTE_LCORE_FOREACH (lcore)
		loads->lcores[loads->n++] = (struct placement_lcore){
			.lcore = lcore,
			.node = sw->lcore_node[lcore],
			.load = share(
				now->busy[lcore] - last->busy[lcore], now->tsc - last->tsc, FULL),
		};
}

static void
add_queues(
	const struct balance_reading *last, const struct balance_reading *now, struct loads *loads)
{
	uint64_t all[RTE_MAX_LCORE] = {0};

	for (uint32_t i = 0; i < now->n; i++)
		all[now->queues[i].lcore] += work_of(last, &now->queues[i]);
	for (uint32_t i = 0; i < now->n; i++) {
		const struct queue_reading *queue = &now->queues[i];
		uint16_t at = place_of(loads, queue->lcore);
		uint64_t work = work_of(last, queue);

		if (!work)
			continue;
		loads->queues[loads->n_queues++] = (struct placement_queue){
			.id = i,
			.at = at,
			.load = share(work, all[queue->lcore], loads->lcores[at].load),
			.fixed = queue->fixed,
		};
	}
}

/* The same, as if the step were done. */
static void
foresee(struct loads *loads, const struct placement_step *step)
{
	for (uint32_t i = 0; i < loads->n_queues; i++) {
		struct placement_queue *queue = &loads->queues[i];
		uint16_t to = place_of(loads, step->to);

		if (queue->id != step->id)
			continue;
		loads->lcores[queue->at].load -= queue->load;
		loads->lcores[to].load += queue->load;
		queue->at = to;
	}
}

static void
move(struct vswitch *sw, struct loads *loads, const struct placement_step *step,
	const struct queue_reading *queue)
{
	struct port *port = &sw->ports[queue->port];
	char which[32] = "";

	if (queue->pair > 0)
		snprintf(which, sizeof(which), ", queue pair %u", queue->pair);
	if (port_dpdk(port))
		port_move(sw, port, step->to);
	else
		queue_move(sw, port, queue->pair, step->to);
	sw->balanced[step->to]++;
	LOG(INFO,
		"port %s%s: moved from lcore %u to %u, whose loads were %u %% of an lcore apart "
		"and should be %u %%",
		port->config.name, which, step->from, step->to, step->before / PERCENT,
		step->after / PERCENT);
	foresee(loads, step);
}

static void
balance(struct vswitch *sw, const struct balance_reading *last, const struct balance_reading *now)
{
	struct loads *loads = calloc(1, sizeof(*loads) + now->n * sizeof(*loads->queues));
	uint32_t least = setting(&sw->settings.balance_sensitivity) * PERCENT;
	struct placement_step step;

	if (!loads) {
		LOG(ERR, "no memory to balance lcores; they stay as they are");
		return;
	}
	add_lcores(sw, last, now, loads);
	add_queues(last, now, loads);
	while (placement_move(
		loads->lcores, loads->n, loads->queues, loads->n_queues, least, &step))
		move(sw, loads, &step, &now->queues[step.id]);
	free(loads);
}

void
balance_refresh(struct vswitch *sw, struct balance_reading *last)
{
	uint32_t second = vswitch_now(sw);
	struct balance_reading now = {0};

	if (!setting(&sw->settings.balance)) {
		balance_forget(last);
		return;
	}
	if (last->is_there && second < last->next)
		return;
	take_reading(sw, &now);
	now.next = second + setting(&sw->settings.balance_interval);
	if (last->is_there && now.is_there)
		balance(sw, last, &now);
	balance_forget(last);
	*last = now;
}

void
balance_forget(struct balance_reading *last)
{
	free(last->queues);
	*last = (struct balance_reading){0};
}
