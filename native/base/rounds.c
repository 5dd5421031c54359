#include <sys/mman.h>

#include <rte_interrupts.h>

#include "original.h"
#include "rounds.h"

/* shared: written by the thread that makes the switch, read by all */
static struct rte_rcu_qsbr *waits_for;

void
rounds_are_of(struct rte_rcu_qsbr *readers)
{
	__atomic_store_n(&waits_for, readers, __ATOMIC_RELEASE);
}

void
rounds_pass_for_driver(void)
{
	struct rte_rcu_qsbr *readers = __atomic_load_n(&waits_for, __ATOMIC_ACQUIRE);

	if (readers && rte_thread_is_intr())
		lcores_pass(readers);
}

/* Stands before the C library's. */
int
munmap(void *address, size_t length)
{
	static void *kept;
	int (*unmap)(void *, size_t) = original(&kept, "munmap");

	rounds_pass_for_driver();
	return unmap(address, length);
}
