#include <rte_atomic.h>

#include "format.h"
#include "interrupt.h"

void
ring_interrupt(const struct ring *ring)
{
	if (ring->call_fd >= 0)
		interrupt_guest(ring->call_fd);
}

void
ring_notify(const struct ring_due *due, uint16_t n)
{
	/* A guest sets its condition, then checks for buffers; we publish, then read it. */
	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (uint16_t i = 0; i < n; i++)
		if (due[i].count && (due[i].ring->features & RING_PACKED ? packed_wants(&due[i])
									 : split_wants(&due[i])))
			ring_interrupt(due[i].ring);
}
