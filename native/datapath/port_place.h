/*
 * Which lcore polls a port, and so carries what it sends: the switch's choice, or an operator's,
 * which stays. Control thread.
 */
#ifndef PORT_PLACE_H
#define PORT_PLACE_H

#include "port.h"

/* The lcore with the fewest other ports: of a device's node, for a relay of its device's. */
unsigned int
port_choose_lcore(const struct vswitch *sw, const struct port *port);

/* Moves it there, unless an operator has chosen. */
void
port_place(struct vswitch *sw, struct port *port);

/* All ports anew, when it is known which of them operators have placed. */
void
ports_place(struct vswitch *sw);

/* Lets another lcore poll it. No frame is polled by two lcores, and none to it is lost for that. */
void
port_move(struct vswitch *sw, struct port *port, unsigned int lcore);

/* An operator chooses. */
void
port_pin(struct vswitch *sw, struct port *port, unsigned int lcore);
/* The switch chooses again. */
void
port_unpin(struct vswitch *sw, struct port *port);

/*
 * What an operator chose before the switch was restarted: the lcore if it runs on the same
 * processor, else one that does. With a log line when there is none: the switch chooses, and the
 * choice is kept.
 */
void
port_pin_again(struct vswitch *sw, struct port *port, struct lcore_choice choice);

#endif
