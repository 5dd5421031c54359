/*
 * An interface of the host as a guest of the switch: a tap, or a packet socket (packet_socket.h),
 * two virtqueues, and a thread that moves frames between them. To forwarding it is a guest like any
 * other.
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

struct packet_socket;

struct host_wish {
	const char *interface;
	/*
	 * One that is bound to the interface, and stays the caller's; NULL: the interface is a tap.
	 * Its frames may be unfinished, whatever is offered.
	 */
	struct packet_socket *packet;
	uint32_t max_frame; /* of the switch, bytes */
	bool tx_csum, tso;  /* what the switch offers guests; tso not without tx_csum */
};

/* Takes the interface and starts its thread. NULL with errno: see tap_open(). */
struct host_port *
host_port_open(const struct host_wish *wish);

/* Frames since it was opened. */
enum host_count {
	HOST_TAKEN,
	HOST_GIVEN,
	/* Lost: the kernel did not take them, */
	HOST_DOWN,     /* as the interface is down, or for another reason */
	HOST_TOO_LONG, /* for the interface's MTU */
	/* or could not say what it had merged. */
	HOST_UNSAID,
	HOST_COUNTS,
};
struct host_counts {
	uint64_t of[HOST_COUNTS];
};

/* No lcore uses its guest any more. *last is its last count. */
void
host_port_close(struct host_port *host, struct host_counts *last);

/* Fixed while it is open. */
struct guest *
host_port_guest(struct host_port *host);

/* Whether the interface went away; it is of no use then. */
bool
host_port_is_lost(const struct host_port *host);

/* Shows the kernel that a tap has a carrier, or none. A macvtap's is its card's. False with errno.
 */
bool
host_port_set_carrier(struct host_port *host, bool up);

void
host_port_count(const struct host_port *host, struct host_counts *counts);
static inline void
host_counts_add(struct host_counts *sum, const struct host_counts *more)
{
	for (int i = 0; i < HOST_COUNTS; i++)
		sum->of[i] += more->of[i];
}

#endif
