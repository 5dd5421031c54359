/*
 * The forwarding loop: what each lcore does until the switch stops.
 *
 * Each port's transmit rings are polled by one core. A burst is sorted by destination and then
 * delivered port by port, straight from the sender's memory into the receiver's, so that a ring
 * is claimed, published and interrupted once a burst. Several cores may deliver to one port:
 * ring.h says how.
 *
 * In here: no allocation, no log, no system call (but the pause of an idle core, when asked for).
 */
#ifndef FORWARD_H
#define FORWARD_H

#include <stdint.h>

struct core;
struct vswitch;

/* What lcore needs to forward, on its NUMA node. NULL: no memory. */
struct core *
core_create(struct vswitch *sw, unsigned int lcore);
void
core_destroy(struct core *core);

/*
 * TSC cycles of the rounds that found frames, and how many frames those were, since start: the
 * way Open vSwitch counts its processing cycles.
 */
void
core_busy(const struct core *core, uint64_t *cycles, uint64_t *frames);

/* For rte_eal_mp_remote_launch(); arg: struct vswitch *, whose cores are made. */
int
forward_main(void *arg);

#endif
