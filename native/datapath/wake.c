/*
 * Wakes lcores that wait (idle.h).
 */
#include <sys/eventfd.h>

#include <rte_lcore.h>

#include "lcore.h"

void
lcores_wake(const struct vswitch *sw)
{
	unsigned int lcore;

	/* EAGAIN: it is as high as can be. */
	RTE_LCORE_FOREACH (lcore)
		if (sw->lcores[lcore])
			(void)eventfd_write(sw->lcores[lcore]->idle.wake, 1);
}
