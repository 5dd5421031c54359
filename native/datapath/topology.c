#include <rte_cycles.h>
#include <rte_lcore.h>

#include "lcore.h"
#include "port_guest.h"
#include "port_place.h"
#include "vswitch.h"

#include "../base/rounds.h"

/* Of the member that comes next. */
static void
add_rates(struct topology *topology, const struct port_config *config)
{
	uint64_t tsc = rte_get_tsc_hz();

	topology->rates[topology->n].in =
		bandwidth_of(config->inbound, config->inbound_peak, config->inbound_burst, tsc);
	topology->rates[topology->n].out =
		bandwidth_of(config->outbound, config->outbound_peak, config->outbound_burst, tsc);
}

/* Does nothing unless the port is up. */
static void
add_member(struct topology *topology, struct port *port)
{
	struct guest *guest = port_guest(port);
	struct member member;

	if (port->used && port->link_down)
		topology->index[port->id] = PLACE_NO_LINK;
	if (!port->used || port->link_down || !guest)
		return;
	member = member_of(&port->config, port->id);
	member.port = port;
	member.guest = guest;
	member.is_device = port->device;
	member.dpdk = port_dpdk(port);
	member.captures = port->captures;
	if (port->far)
		member.far = port->far->id;
	if (member.limited || member.choosy)
		add_rates(topology, &port->config);
	if (member.guarded || member.watched)
		topology->guards[topology->n] = port->config.guards;
	topology_add(topology, &member, &port->config.trunks);
}

static void
add_device(struct topology *topology, struct port *port)
{
	struct polled_device *device = &topology->device[topology->n_devices];
	uint16_t before = topology->n_devices;

	add_member(topology, port);
	if (topology->n_devices == before || port->between_lcores)
		return;
	device->first = (uint16_t)rte_lcore_index((int)port->lcore);
	device->alone = port->pinned;
}

/* Whether it has rings, and is this lcore's, though its queue pairs may be others'. */
static bool
is_of(const struct port *port, unsigned int lcore)
{
	return port->lcore == lcore && !port_dpdk(port);
}

/* The queue pairs of a member that an lcore polls. */
static void
poll_member(struct topology *topology, uint32_t *n_pairs, uint16_t place, unsigned int lcore)
{
	const struct member *member = &topology->member[place];
	const uint32_t first = *n_pairs;

	for (uint16_t i = 0; i < member->guest->n_pairs; i++)
		if (guest_transmit_ring(member->guest, i) &&
			!member->port->queue[i].between_lcores &&
			port_queue_lcore(member->port, i) == lcore)
			topology->pair[(*n_pairs)++] = (uint8_t)i;
	if (*n_pairs > first)
		topology->poll[topology->polled[lcore].end++] = (struct polled_port){
			.place = place, .n = (uint16_t)(*n_pairs - first), .first = first};
}

/* Before devices are added, whose queues are polled in another way. */
static void
poll_members(struct topology *topology)
{
	unsigned int lcore;
	uint32_t n_pairs = 0, n = 0;

	RTE_LCORE_FOREACH (lcore) {
		topology->polled[lcore].begin = topology->polled[lcore].end = n;
		for (uint16_t i = 0; i < topology->n; i++)
			if (!topology->member[i].port->between_lcores)
				poll_member(topology, &n_pairs, i, lcore);
		n = topology->polled[lcore].end;
	}
}

void
topology_publish(struct vswitch *sw)
{
	unsigned int lcore;
	struct topology *now = __atomic_load_n(&sw->topology, __ATOMIC_RELAXED);
	struct topology *next = &sw->topologies[now == &sw->topologies[0]];

	queues_place(sw);
	topology_clear(next);
	next->number = now ? now->number + 1 : 1;
	RTE_LCORE_FOREACH (lcore)
		for (uint16_t i = 0; i < MAX_PORTS; i++)
			if (is_of(&sw->ports[i], lcore))
				add_member(next, &sw->ports[i]);
	poll_members(next);
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		if (sw->ports[i].used)
			next->captures[i] = sw->ports[i].captures;
		if (port_dpdk(&sw->ports[i]))
			add_device(next, &sw->ports[i]);
	}
	__atomic_store_n(&sw->topology, next, __ATOMIC_RELEASE);
	lcores_wake(sw);
	lcores_pass(sw->readers);
}
