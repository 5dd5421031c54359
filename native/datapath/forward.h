/*
 * The forwarding loop, run by each lcore until the switch stops.
 *
 * Each transmit ring is polled by one lcore (port_place.h); those of one guest may be several
 * lcores'. A burst is sorted by destination and then
 * delivered port by port, straight from the sender's memory into the receiver's, so that a ring
 * is claimed, published and interrupted once per burst. Several lcores may deliver to one port:
 * see ring.h.
 *
 * The loop allocates nothing and logs nothing. It makes one system call: io_submit()
 * (../ring/interrupt.h), which never waits, interrupts a guest that asked for it. An lcore with
 * nothing to do leaves the loop to wait or nap, as idle.h says.
 */
#ifndef FORWARD_H
#define FORWARD_H

#include <stdbool.h>
#include <stdint.h>

struct lcore;

/* For rte_eal_mp_remote_launch(); arg: struct vswitch *, whose lcores are made. */
int
forward_main(void *arg);

/* Whether queues of a device of DPDK's are the lcore's, in the topology that it has loaded. */
bool
forward_polls_devices(const struct lcore *lcore);

/* One round of the loop: all that the lcore with this number polls. Returns the frames it took. */
uint32_t
forward_round(struct lcore *lcore, unsigned int id);

#endif
