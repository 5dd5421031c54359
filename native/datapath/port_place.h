/*
 * Which lcore polls a port's queue pairs, and so carries what it sends: the switch's choice, or an
 * operator's, which stays. A port has an lcore of its own, which polls the first pair and what else
 * has no lcore of its own; a pair that comes is placed by itself, on an lcore of the same node.
 *
 * Order. A guest sends a flow by one of its pairs, whose frames one lcore polls, and all of them
 * go to the same ring of a receiver (lcore_receive_ring()). When a pair changes its lcore, nobody
 * polls it until all lcores have ended a round; a round delivers whatever it took. So no frame
 * overtakes another of its flow, and none is lost or sent twice.
 *
 * Threads: the control thread, with the lock, which it takes itself unless it says otherwise; a
 * guest's pairs are placed when rte_vhost's threads publish them, likewise with the lock.
 */
#ifndef PORT_PLACE_H
#define PORT_PLACE_H

#include "device.h"
#include "port.h"

/* The device of DPDK's that a port is; NULL: it has rings, as guests and interfaces of the host do.
 */
static inline struct device *
port_dpdk(const struct port *port)
{
	return port->device && !device_has_rings(port->device) ? port->device : NULL;
}

/*
 * With the lock. The lcore that polls the fewest other pairs: of a device's node, for a relay of
 * its device's.
 */
unsigned int
port_choose_lcore(const struct vswitch *sw, const struct port *port);

/* Moves it there, unless an operator has chosen. */
void
port_place(struct vswitch *sw, struct port *port);

/* All ports anew, when it is known which of them operators have placed. */
void
ports_place(struct vswitch *sw);

/* With the lock, of those that publish: pairs that have come and have no lcore yet get theirs. */
void
queues_place(struct vswitch *sw);

/* The lcore that polls a pair of a port, or that of a device; not yet, if it is not there. */
static inline unsigned int
port_queue_lcore(const struct port *port, uint16_t pair)
{
	return port->queue[pair].placed ? port->queue[pair].lcore : port->lcore;
}

/* With the lock: how many queues there are to ask about, and which lcore polls one; -1: none. */
uint16_t
port_queues(const struct port *port);
int
port_polled_by(const struct port *port, uint16_t queue);

static inline bool
port_queue_is_pinned(const struct port *port, uint16_t pair)
{
	return port->pinned || port->queue[pair].pinned;
}

/* Whether an operator has chosen for one of its pairs. */
bool
port_has_queue_choices(const struct port *port);

/* Lets another lcore poll it. No frame is polled by two lcores, and none to it is lost for that. */
void
port_move(struct vswitch *sw, struct port *port, unsigned int lcore);
void
queue_move(struct vswitch *sw, struct port *port, uint16_t pair, unsigned int lcore);

/* An operator chooses, for all of a port's pairs or one. */
void
port_pin(struct vswitch *sw, struct port *port, unsigned int lcore);
void
queue_pin(struct vswitch *sw, struct port *port, uint16_t pair, unsigned int lcore);
/* The switch chooses again; for a pair of a port that is pinned, that is the port's. */
void
port_unpin(struct vswitch *sw, struct port *port);
void
queue_unpin(struct vswitch *sw, struct port *port, uint16_t pair);

/*
 * What an operator chose before the switch was restarted: the lcore if it runs on the same
 * processor, else one that does. With a log line when there is none: the switch chooses, and the
 * choice is kept.
 */
void
port_pin_again(struct vswitch *sw, struct port *port, struct lcore_choice choice);
void
queue_pin_again(struct vswitch *sw, struct port *port, uint16_t pair, struct lcore_choice choice);

#endif
