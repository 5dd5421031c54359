#include <stdio.h>

#include <rte_lcore.h>

#include "device.h"
#include "placement.h"
#include "port_guest.h"
#include "port_place.h"
#include "processors.h"
#include "vswitch.h"

#include "../base/log.h"

/* One of them counts for less than any pair more or less of others. */
#define OTHERS 256
_Static_assert(OTHERS > GUEST_MAX_PAIRS, "");

static bool
has_place(const struct port *port, uint16_t pair)
{
	return port->queue[pair].placed || port->pinned;
}

/* Adds the queue pairs of a port to the loads of the lcores that poll them. */
static void
count_pairs(const struct port *port, uint32_t load[RTE_MAX_LCORE])
{
	struct guest *guest = port_guest(port);
	uint16_t n = guest ? guest->n_pairs : 0;

	/* The first one may come; of a device that is all its queues. */
	load[port_queue_lcore(port, 0)] += OTHERS;
	for (uint16_t i = 1; i < n; i++)
		if (has_place(port, i) && guest_transmit_ring(guest, i))
			load[port_queue_lcore(port, i)] += OTHERS;
}

static uint16_t
list_lcores(const struct vswitch *sw, const uint32_t load[RTE_MAX_LCORE],
	struct placement_lcore *lcores)
{
	unsigned int lcore;
	uint16_t n = 0;

	RTE_LCORE_FOREACH (lcore)
		lcores[n++] = (struct placement_lcore){
			.lcore = lcore, .node = sw->lcore_node[lcore], .load = load[lcore]};
	return n;
}

static void
count_all(const struct vswitch *sw, const struct port *but, uint32_t load[RTE_MAX_LCORE])
{
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used && &sw->ports[i] != but)
			count_pairs(&sw->ports[i], load);
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
	uint32_t load[RTE_MAX_LCORE] = {0};
	uint16_t n;

	count_all(sw, port, load);
	n = list_lcores(sw, load, lcores);
	return lcores[placement_start(lcores, n, node_of(port))].lcore;
}

/* Where there are fewest, and of those where the port itself has fewest. */
static void
place_pair(const struct vswitch *sw, struct port *port, uint16_t pair, uint32_t load[RTE_MAX_LCORE])
{
	struct placement_lcore lcores[RTE_MAX_LCORE];
	struct queue *queue = &port->queue[pair];
	uint32_t with_own[RTE_MAX_LCORE];
	uint16_t n;

	memcpy(with_own, load, sizeof(with_own));
	for (uint16_t i = 0; i < GUEST_MAX_PAIRS; i++)
		with_own[port_queue_lcore(port, i)] += i == 0 || port->queue[i].placed;
	n = list_lcores(sw, with_own, lcores);
	queue->lcore =
		(uint16_t)lcores[placement_start(lcores, n, sw->lcore_node[port->lcore])].lcore;
	queue->placed = true;
	load[queue->lcore] += OTHERS;
}

static void
place_pairs(const struct vswitch *sw, struct port *port, struct guest *guest)
{
	uint32_t load[RTE_MAX_LCORE] = {0};
	bool counted = false;

	for (uint16_t i = 1; i < guest->n_pairs; i++) {
		if (has_place(port, i) || !guest_transmit_ring(guest, i))
			continue;
		if (!counted)
			count_all(sw, NULL, load);
		counted = true;
		place_pair(sw, port, i, load);
	}
}

void
queues_place(struct vswitch *sw)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		struct port *port = &sw->ports[i];
		struct guest *guest = port->used && !port->between_lcores ? port_guest(port) : NULL;

		if (guest)
			place_pairs(sw, port, guest);
	}
}

/*
 * Whether it is pinned says who polls a device's queues, too. So it changes in the gap only: other
 * threads publish topologies whenever they have the lock, which the caller has here.
 */
static void
hand_over(struct vswitch *sw, struct port *port, unsigned int lcore, bool pinned)
{
	/* First nobody polls it: two lcores must not take the same frames. */
	port->between_lcores = true;
	topology_publish(sw);
	port->between_lcores = false;
	port->lcore = lcore;
	port->pinned = pinned;
	/* The others follow, or are placed anew. */
	for (uint16_t i = 0; i < GUEST_MAX_PAIRS; i++)
		port->queue[i].placed = port->queue[i].pinned;
	topology_publish(sw);
}

void
port_place(struct vswitch *sw, struct port *port)
{
	unsigned int lcore;

	pthread_mutex_lock(&sw->lock);
	lcore = port->pinned ? port->lcore : port_choose_lcore(sw, port);
	if (lcore != port->lcore)
		hand_over(sw, port, lcore, port->pinned);
	pthread_mutex_unlock(&sw->lock);
}

void
ports_place(struct vswitch *sw)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used)
			port_place(sw, &sw->ports[i]);
}

bool
port_has_queue_choices(const struct port *port)
{
	for (uint16_t i = 0; i < GUEST_MAX_PAIRS; i++)
		if (port->queue[i].chosen)
			return true;
	return false;
}

/* For all its queue pairs. */
static void
set_pinned(struct vswitch *sw, struct port *port, bool pinned, unsigned int lcore)
{
	if (port->pinned == pinned && port->lcore == lcore && !port_has_queue_choices(port))
		return;
	for (uint16_t i = 0; i < GUEST_MAX_PAIRS; i++)
		port->queue[i].chosen = port->queue[i].pinned = false;
	hand_over(sw, port, lcore, pinned);
}

void
port_pin(struct vswitch *sw, struct port *port, unsigned int lcore)
{
	pthread_mutex_lock(&sw->lock);
	port->choice =
		(struct lcore_choice){.lcore = (int16_t)lcore, .cpu = (int16_t)lcore_cpu(lcore)};
	set_pinned(sw, port, true, lcore);
	pthread_mutex_unlock(&sw->lock);
}

void
port_unpin(struct vswitch *sw, struct port *port)
{
	pthread_mutex_lock(&sw->lock);
	port->choice = NO_CHOICE;
	set_pinned(sw, port, false, port_choose_lcore(sw, port));
	pthread_mutex_unlock(&sw->lock);
}

/*
 * Publishing returns when all lcores have ended their rounds, and a round delivers all that it
 * takes: when the next lcore begins, what the former one took is in its receivers' rings.
 */
static void
hand_queue_over(struct vswitch *sw, struct port *port, uint16_t pair, const struct queue *next)
{
	struct queue *queue = &port->queue[pair];

	queue->between_lcores = true;
	topology_publish(sw);
	*queue = *next;
	topology_publish(sw);
}

void
port_move(struct vswitch *sw, struct port *port, unsigned int lcore)
{
	pthread_mutex_lock(&sw->lock);
	hand_over(sw, port, lcore, port->pinned);
	pthread_mutex_unlock(&sw->lock);
}

void
queue_move(struct vswitch *sw, struct port *port, uint16_t pair, unsigned int lcore)
{
	struct queue *queue = &port->queue[pair];

	pthread_mutex_lock(&sw->lock);
	queue->between_lcores = true;
	topology_publish(sw);
	queue->between_lcores = false;
	queue->lcore = (uint16_t)lcore;
	if (!queue->placed)
		port->lcore = lcore;
	topology_publish(sw);
	pthread_mutex_unlock(&sw->lock);
}

void
queue_pin(struct vswitch *sw, struct port *port, uint16_t pair, unsigned int lcore)
{
	const struct queue next = {
		.lcore = (uint16_t)lcore,
		.placed = true,
		.pinned = true,
		.chosen = true,
		.choice = {(int16_t)lcore, (int16_t)lcore_cpu(lcore)},
	};

	pthread_mutex_lock(&sw->lock);
	hand_queue_over(sw, port, pair, &next);
	pthread_mutex_unlock(&sw->lock);
}

void
queue_unpin(struct vswitch *sw, struct port *port, uint16_t pair)
{
	const struct queue next = {0};

	pthread_mutex_lock(&sw->lock);
	hand_queue_over(sw, port, pair, &next);
	pthread_mutex_unlock(&sw->lock);
}

uint16_t
port_queues(const struct port *port)
{
	const struct guest *guest = port_guest(port);
	uint16_t n = guest ? guest->n_pairs : 0;

	if (port_dpdk(port))
		return device_rx_queues(port->device);
	for (uint16_t i = n; i < GUEST_MAX_PAIRS; i++)
		if (port->queue[i].chosen)
			n = i + 1;
	return n;
}

/* Those of a device that is not one lcore's are shared out (forward.c). */
static int
lcore_of_device(const struct port *port, uint16_t queue)
{
	unsigned int n = rte_lcore_count(), first = (unsigned int)rte_lcore_index((int)port->lcore),
		     lcore;

	if (port->pinned)
		return (int)port->lcore;
	RTE_LCORE_FOREACH (lcore)
		if ((unsigned int)rte_lcore_index((int)lcore) == (first + queue) % n)
			return (int)lcore;
	return -1;
}

int
port_polled_by(const struct port *port, uint16_t queue)
{
	struct guest *guest = port_guest(port);
	bool is_there =
		guest && queue < guest->n_pairs && guest_transmit_ring(guest, queue) != NULL;

	if (port_dpdk(port))
		return lcore_of_device(port, queue);
	return is_there || port->queue[queue].chosen ? (int)port_queue_lcore(port, queue) : -1;
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

/* True: no lcore is where one was chosen. */
static bool
miss(const struct port *port, const char *what, struct lcore_choice choice, unsigned int lcore)
{
	if (lcore_on(choice) >= 0)
		return false;
	LOG(WARNING,
		"port %s%s: no lcore runs on processor %d, which was chosen for it; lcore %u polls "
		"it until the switch is started with that processor",
		port->config.name, what, choice.cpu, lcore);
	return true;
}

void
port_pin_again(struct vswitch *sw, struct port *port, struct lcore_choice choice)
{
	bool missed = miss(port, "", choice, port->lcore);

	pthread_mutex_lock(&sw->lock);
	port->choice = choice;
	if (!missed)
		set_pinned(sw, port, true, (unsigned int)lcore_on(choice));
	pthread_mutex_unlock(&sw->lock);
}

void
queue_pin_again(struct vswitch *sw, struct port *port, uint16_t pair, struct lcore_choice choice)
{
	char what[32];
	unsigned int lcore;

	snprintf(what, sizeof(what), ", queue pair %u", pair);
	/* Its guest may be there already, whose pairs rte_vhost's threads place. */
	pthread_mutex_lock(&sw->lock);
	lcore = port_queue_lcore(port, pair);
	pthread_mutex_unlock(&sw->lock);
	if (!miss(port, what, choice, lcore))
		queue_pin(sw, port, pair, (unsigned int)lcore_on(choice));
	pthread_mutex_lock(&sw->lock);
	port->queue[pair].chosen = true;
	port->queue[pair].choice = choice;
	pthread_mutex_unlock(&sw->lock);
}
