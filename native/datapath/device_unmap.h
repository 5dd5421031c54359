/*
 * Memory of a device that its driver takes away while lcores use it: when the other side of a
 * memif goes, the EAL's interrupt thread unmaps what both shared, though an lcore may be in the
 * midst of a burst of it. The driver has marked the device as unconnected by then, which each of
 * its bursts looks at first. So that thread waits, before it unmaps anything, until each lcore has
 * ended the round that it is in.
 */
#ifndef DEVICE_UNMAP_H
#define DEVICE_UNMAP_H

struct rte_rcu_qsbr;

/*
 * Whose rounds are waited for: the process's one switch's; NULL: nobody's, once no device is left.
 */
void
device_unmap_waits_for(struct rte_rcu_qsbr *readers);

#endif
