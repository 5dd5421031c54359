/*
 * The forwarding loop: what each lcore does until the switch stops.
 *
 * Each port's transmit rings are polled by one lcore. A burst is sorted by destination and then
 * delivered port by port, straight from the sender's memory into the receiver's, so that a ring
 * is claimed, published and interrupted once a burst. Several lcores may deliver to one port:
 * ring.h says how.
 *
 * In here: no allocation and no log. Two system calls: a guest that asked for an interrupt gets it
 * by io_submit() (../ring/interrupt.h), which never waits; and an idle lcore pauses where
 * --idle-sleep says so.
 */
#ifndef FORWARD_H
#define FORWARD_H

/* For rte_eal_mp_remote_launch(); arg: struct vswitch *, whose lcores are made. */
int
forward_main(void *arg);

#endif
