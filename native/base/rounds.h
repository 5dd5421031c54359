/*
 * The rounds of lcores: one that has ended its round holds nothing of what was published or
 * connected before.
 */
#ifndef ROUNDS_H
#define ROUNDS_H

#include <stdbool.h>

#include <rte_rcu_qsbr.h>

/* Returns when each lcore that forwards has ended the round that it is in. No lcore may call it. */
static inline void
lcores_pass(struct rte_rcu_qsbr *readers)
{
	/* rte_rcu_qsbr_synchronize() does the same, out of ThreadSanitizer's sight. */
	rte_rcu_qsbr_check(readers, rte_rcu_qsbr_start(readers), true);
}

/*
 * What a device's driver takes away while lcores use it: when the other side of a memif goes, the
 * EAL's interrupt thread unmaps the memory that both shared, and closes the descriptors that kick,
 * though an lcore may be in the midst of a burst of it. The driver has marked the device as
 * unconnected by then, which each of its bursts looks at first. So that thread waits, before it
 * unmaps or closes anything, until each lcore has ended the round that it is in; other threads do
 * not, and no lcore waits for that one.
 */
void
rounds_pass_for_driver(void);

/* Whose: the process's one switch's; NULL: nobody's, once no device is left. */
void
rounds_are_of(struct rte_rcu_qsbr *readers);

#endif
