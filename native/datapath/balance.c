#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "balance.h"
#include "device.h"
#include "lcore.h"
#include "placement.h"
#include "port_place.h"
#include "vswitch.h"

#include "../base/log.h"

/* A load of 1: all cycles of an lcore. */
#define FULL 1000000
#define PERCENT (FULL / 100)

/* Copying so many bytes costs as much as a frame does without them (README, "Speed"). */
#define BYTES_OF_A_FRAME 640

/* What placement_move() is asked. */
struct loads {
	uint16_t n, n_ports;
	struct placement_lcore lcores[RTE_MAX_LCORE];
	struct placement_port ports[MAX_PORTS];
};

static void
take_reading(const struct vswitch *sw, struct balance_reading *now)
{
	unsigned int lcore;

	now->is_there = true;
	now->tsc = rte_rdtsc();
	RTE_LCORE_FOREACH (lcore) {
		uint64_t frames;

		lcore_busy(sw->lcores[lcore], &now->busy[lcore], &frames);
	}
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		struct counters sum = {0};

		now->lcore[i] = sw->ports[i].lcore;
		if (sw->ports[i].used)
			port_counters(sw, i, &sum);
		now->work[i] = sum.rx_packets + sum.rx_bytes / BYTES_OF_A_FRAME;
	}
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

/* What a port sent since the last reading; 0 if it was another lcore's, or another port, then. */
static uint64_t
work_of(const struct balance_reading *last, const struct balance_reading *now, uint16_t port)
{
	if (last->lcore[port] != now->lcore[port] || now->work[port] < last->work[port])
		return 0;
	return now->work[port] - last->work[port];
}

/* A device's queues are several lcores' unless an operator gave them to one. */
static bool
is_fixed(const struct port *port)
{
	return port->pinned || (port->device && !device_has_rings(port->device) &&
				       device_rx_queues(port->device) > 1);
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
add_ports(const struct vswitch *sw, const struct balance_reading *last,
	const struct balance_reading *now, struct loads *loads)
{
	uint64_t all[RTE_MAX_LCORE] = {0};

	for (uint16_t i = 0; i < MAX_PORTS; i++)
		all[now->lcore[i]] += work_of(last, now, i);
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		uint16_t at = place_of(loads, now->lcore[i]);
		uint64_t work = work_of(last, now, i);

		if (!sw->ports[i].used || !work)
			continue;
		loads->ports[loads->n_ports++] = (struct placement_port){
			.id = i,
			.at = at,
			.load = share(work, all[now->lcore[i]], loads->lcores[at].load),
			.fixed = is_fixed(&sw->ports[i]),
		};
	}
}

/* The same, as if the step were done. */
static void
foresee(struct loads *loads, const struct placement_step *step)
{
	for (uint16_t i = 0; i < loads->n_ports; i++) {
		struct placement_port *port = &loads->ports[i];
		uint16_t to = place_of(loads, step->to);

		if (port->id != step->port)
			continue;
		loads->lcores[port->at].load -= port->load;
		loads->lcores[to].load += port->load;
		port->at = to;
	}
}

static void
move(struct vswitch *sw, struct loads *loads, const struct placement_step *step)
{
	struct port *port = &sw->ports[step->port];

	port_move(sw, port, step->to);
	sw->balanced[step->to]++;
	LOG(INFO,
		"port %s: moved from lcore %u to %u, whose loads were %u %% of an lcore apart and "
		"should be %u %%",
		port->config.name, step->from, step->to, step->before / PERCENT,
		step->after / PERCENT);
	foresee(loads, step);
}

static void
balance(struct vswitch *sw, const struct balance_reading *last, const struct balance_reading *now)
{
	struct loads *loads = calloc(1, sizeof(*loads));
	uint32_t least = setting(&sw->settings.balance_sensitivity) * PERCENT;
	struct placement_step step;

	if (!loads) {
		LOG(ERR, "no memory to balance lcores; they stay as they are");
		return;
	}
	add_lcores(sw, last, now, loads);
	add_ports(sw, last, now, loads);
	while (placement_move(loads->lcores, loads->n, loads->ports, loads->n_ports, least, &step))
		move(sw, loads, &step);
	free(loads);
}

void
balance_refresh(struct vswitch *sw, struct balance_reading *last)
{
	uint32_t second = vswitch_now(sw);
	struct balance_reading now = {0};

	if (!setting(&sw->settings.balance)) {
		last->is_there = false;
		return;
	}
	if (last->is_there && second < last->next)
		return;
	take_reading(sw, &now);
	now.next = second + setting(&sw->settings.balance_interval);
	if (last->is_there)
		balance(sw, last, &now);
	*last = now;
}
