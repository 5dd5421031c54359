#include <rte_lcore.h>

#include "device.h"
#include "placement.h"
#include "port_place.h"
#include "processors.h"
#include "vswitch.h"

#include "../base/log.h"

/* All lcores; their load is how many other ports they poll. Returns how many there are. */
static uint16_t
count_ports(const struct vswitch *sw, const struct port *but, struct placement_lcore *lcores)
{
	uint32_t load[RTE_MAX_LCORE] = {0};
	unsigned int lcore;
	uint16_t n = 0;

	for (uint16_t i = 0; i < MAX_PORTS; i++)
		load[sw->ports[i].lcore] += sw->ports[i].used && &sw->ports[i] != but;
	RTE_LCORE_FOREACH (lcore)
		lcores[n++] = (struct placement_lcore){
			.lcore = lcore, .node = sw->lcore_node[lcore], .load = load[lcore]};
	return n;
}

/* The NUMA node of the NIC that a port's frames come from or go to; -1: none, or not known. */
static int
node_of(const struct port *port)
{
	if (port->device)
		return device_node(port->device);
	return port->far && port->far->device ? device_node(port->far->device) : -1;
}

unsigned int
port_choose_lcore(const struct vswitch *sw, const struct port *port)
{
	struct placement_lcore lcores[RTE_MAX_LCORE];
	uint16_t n = count_ports(sw, port, lcores);

	return lcores[placement_start(lcores, n, node_of(port))].lcore;
}

void
port_place(struct vswitch *sw, struct port *port)
{
	unsigned int lcore = port->pinned ? port->lcore : port_choose_lcore(sw, port);

	if (lcore != port->lcore)
		port_move(sw, port, lcore);
}

void
ports_place(struct vswitch *sw)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used)
			port_place(sw, &sw->ports[i]);
}

/*
 * Whether it is pinned says who polls a device's queues, too. So it changes in the gap only: other
 * threads publish topologies whenever they have the lock.
 */
static void
hand_over(struct vswitch *sw, struct port *port, unsigned int lcore, bool pinned)
{
	pthread_mutex_lock(&sw->lock);
	/* First nobody polls it: two lcores must not take the same frames. */
	port->between_lcores = true;
	topology_publish(sw);
	port->between_lcores = false;
	port->lcore = lcore;
	port->pinned = pinned;
	topology_publish(sw);
	pthread_mutex_unlock(&sw->lock);
}

void
port_move(struct vswitch *sw, struct port *port, unsigned int lcore)
{
	hand_over(sw, port, lcore, port->pinned);
}

static void
set_pinned(struct vswitch *sw, struct port *port, bool pinned, unsigned int lcore)
{
	if (port->pinned != pinned || port->lcore != lcore)
		hand_over(sw, port, lcore, pinned);
}

void
port_pin(struct vswitch *sw, struct port *port, unsigned int lcore)
{
	port->choice = (struct lcore_choice){.lcore = (int)lcore, .cpu = lcore_cpu(lcore)};
	set_pinned(sw, port, true, lcore);
}

void
port_unpin(struct vswitch *sw, struct port *port)
{
	port->choice = NO_CHOICE;
	set_pinned(sw, port, false, port_choose_lcore(sw, port));
}

/* An lcore on a processor, the wanted one if it is; -1: none. */
static int
lcore_on(struct lcore_choice choice)
{
	unsigned int lcore;
	int found = -1;

	RTE_LCORE_FOREACH (lcore) {
		if (lcore_cpu(lcore) != choice.cpu)
			continue;
		if ((int)lcore == choice.lcore)
			return choice.lcore;
		if (found < 0)
			found = (int)lcore;
	}
	return found;
}

void
port_pin_again(struct vswitch *sw, struct port *port, struct lcore_choice choice)
{
	int lcore = lcore_on(choice);

	port->choice = choice;
	if (lcore >= 0) {
		set_pinned(sw, port, true, (unsigned int)lcore);
		return;
	}
	LOG(WARNING,
		"port %s: no lcore runs on processor %d, which was chosen for it; lcore %u polls "
		"it "
		"until the switch is started with that processor",
		port->config.name, choice.cpu, port->lcore);
}
