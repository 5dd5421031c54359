#include <string.h>

#include <rte_lcore.h>

#include "port_guest.h"
#include "vswitch.h"

bool
port_has_only_mac(const struct port_config *config)
{
	return config->has_mac && !config->other_macs;
}

/* Does nothing unless the port is up. */
static void
add_member(struct topology *topology, struct port *port)
{
	struct member member = {
		.port = port,
		.guest = port_guest(port),
		.mirror = port->mirror,
		.flood_limit = port->config.flood_limit,
		.id = port->id,
		.vlan = port->config.vlan,
		.tag = port_tag(port),
		.has_mac = port->config.has_mac,
		.only_mac = port_has_only_mac(&port->config),
	};

	if (!port->used || !member.guest)
		return;
	memcpy(member.mac, port->config.mac, sizeof(member.mac));
	topology_add(topology, &member);
}

void
topology_publish(struct vswitch *sw)
{
	unsigned int lcore;
	struct topology *now = __atomic_load_n(&sw->topology, __ATOMIC_RELAXED);
	struct topology *next = &sw->topologies[now == &sw->topologies[0]];

	topology_clear(next);
	RTE_LCORE_FOREACH (lcore) {
		next->polled[lcore].begin = next->n;
		for (uint16_t i = 0; i < MAX_PORTS; i++)
			if (sw->ports[i].lcore == lcore)
				add_member(next, &sw->ports[i]);
		next->polled[lcore].end = next->n;
	}
	__atomic_store_n(&sw->topology, next, __ATOMIC_RELEASE);
	/* rte_rcu_qsbr_synchronize() does the same, out of ThreadSanitizer's sight. */
	rte_rcu_qsbr_check(sw->readers, rte_rcu_qsbr_start(sw->readers), true);
}
