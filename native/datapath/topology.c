#include <rte_cycles.h>
#include <rte_lcore.h>

#include "lcore.h"
#include "port_guest.h"
#include "vswitch.h"

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

static struct device *
dpdk_of(const struct port *port)
{
	return port->device && !device_has_rings(port->device) ? port->device : NULL;
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
	member.dpdk = dpdk_of(port);
	member.mirror = port->mirror;
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

/* Whether it has rings, and one lcore that polls them. */
static bool
is_polled_by(const struct port *port, unsigned int lcore)
{
	return port->lcore == lcore && !port->between_lcores && !dpdk_of(port);
}

void
topology_publish(struct vswitch *sw)
{
	unsigned int lcore;
	struct topology *now = __atomic_load_n(&sw->topology, __ATOMIC_RELAXED);
	struct topology *next = &sw->topologies[now == &sw->topologies[0]];

	topology_clear(next);
	next->number = now ? now->number + 1 : 1;
	RTE_LCORE_FOREACH (lcore) {
		next->polled[lcore].begin = next->n;
		for (uint16_t i = 0; i < MAX_PORTS; i++)
			if (is_polled_by(&sw->ports[i], lcore))
				add_member(next, &sw->ports[i]);
		next->polled[lcore].end = next->n;
	}
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (dpdk_of(&sw->ports[i]))
			add_device(next, &sw->ports[i]);
		else if (sw->ports[i].between_lcores)
			add_member(next, &sw->ports[i]);
	__atomic_store_n(&sw->topology, next, __ATOMIC_RELEASE);
	lcores_wake(sw);
	/* rte_rcu_qsbr_synchronize() does the same, out of ThreadSanitizer's sight. */
	rte_rcu_qsbr_check(sw->readers, rte_rcu_qsbr_start(sw->readers), true);
}
