/*
 * An interface of the host as a guest of the switch: a tap, two virtqueues, and a thread that moves
 * frames between them. To forwarding it is a guest like any other.
 *
 *     kernel <── tap ──> thread <── virtqueues ──> forwarding lcores
 *
 * The thread sleeps until the tap has a frame or an lcore has interrupted it, so that no lcore ever
 * makes a system call for it. Unfinished frames (checksums, TCP segments to be cut) pass both ways
 * as they are, where the switch offers that to guests; else the kernel finishes what it sends.
 *
 * Threads: opened and closed by the control thread; one of its own per port.
 */
#ifndef HOST_PORT_H
#define HOST_PORT_H

#include <stdbool.h>
#include <stdint.h>

struct guest;
struct host_port;

struct host_wish {
	const char *interface;
	uint32_t max_frame; /* of the switch, bytes */
	bool tx_csum, tso;  /* what the switch offers guests; tso not without tx_csum */
};

/* Takes the interface and starts its thread. NULL with errno: see tap_open(). */
struct host_port *
host_port_open(const struct host_wish *wish);
/* No lcore uses its guest any more. Returns what it has dropped. */
uint64_t
host_port_close(struct host_port *host);

/* Fixed while it is open. */
struct guest *
host_port_guest(struct host_port *host);

/* Whether the interface went away; it is of no use then. */
bool
host_port_is_lost(const struct host_port *host);

/* Frames that the kernel did not take, as the interface is down. */
uint64_t
host_port_dropped(const struct host_port *host);

#endif
