#include <stddef.h>
#include <sys/mman.h>

#include <rte_interrupts.h>
#include <rte_rcu_qsbr.h>

#include "device_unmap.h"
#include "vswitch.h"

#include "../base/original.h"

/* shared: written by the thread that makes the switch, read by all */
static struct rte_rcu_qsbr *waits_for;

void
device_unmap_waits_for(struct rte_rcu_qsbr *readers)
{
	__atomic_store_n(&waits_for, readers, __ATOMIC_RELEASE);
}

/*
 * Stands before the C library's. Only on the interrupt thread does it differ, for which no lcore
 * waits.
 */
int
munmap(void *address, size_t length)
{
	static void *kept;
	int (*unmap)(void *, size_t) = original(&kept, "munmap");
	struct rte_rcu_qsbr *readers = __atomic_load_n(&waits_for, __ATOMIC_ACQUIRE);

	if (readers && rte_thread_is_intr())
		lcores_pass(readers);
	return unmap(address, length);
}
