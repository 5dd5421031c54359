#include <errno.h>
#include <signal.h>
#include <sys/mman.h>

#include "fault.h"

/* shared: written by rte_vhost's threads, read by handlers on any thread */
static const struct fault_watch *watches[FAULT_MAX_WATCHES];
/*
 * Number of handlers looking through the watches. A thread that removes a watch and then sees none
 * knows that no later handler finds it: this needs one order of all accesses (__ATOMIC_SEQ_CST).
 */
/* shared: written by handlers on any thread, read by who takes a watch out */
static unsigned int looking;
/* shared: written by its thread, read by a handler that interrupts it */
static _Thread_local bool expecting;

/* A handler may make system calls that take no lock in our address space. */
static bool
cover(uint8_t *begin, size_t length)
{
	return mmap(begin, length, PROT_READ | PROT_WRITE,
		       MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		       0) != MAP_FAILED;
}

static bool
cover_watched(uint8_t *at)
{
	bool done = false;

	__atomic_fetch_add(&looking, 1, __ATOMIC_SEQ_CST);
	for (int i = 0; i < FAULT_MAX_WATCHES && !done; i++) {
		const struct fault_watch *watch = __atomic_load_n(&watches[i], __ATOMIC_SEQ_CST);

		for (uint16_t a = 0; watch && a < watch->n && !done; a++) {
			if (at < watch->area[a].begin ||
				at >= watch->area[a].begin + watch->area[a].length)
				continue;
			done = cover(watch->area[a].begin, watch->area[a].length);
			watch->on_loss(watch->context);
		}
	}
	__atomic_fetch_sub(&looking, 1, __ATOMIC_SEQ_CST);
	return done;
}

/* The kernel refuses to split a huge page, so the smallest size it accepts is the page's. */
static bool
cover_page(uint8_t *at)
{
	static const size_t sizes[] = {4096, 2u << 20, 1u << 30};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (cover((uint8_t *)((uintptr_t)at & ~(sizes[i] - 1)), sizes[i]))
			return true;
	return false;
}

static void
on_fault(int number, siginfo_t *info, void *context)
{
	int error = errno;

	(void)context;
	if ((info->si_code != BUS_ADRERR && info->si_code != BUS_MCEERR_AR) ||
		(!cover_watched(info->si_addr) && !(__atomic_load_n(&expecting, __ATOMIC_RELAXED) &&
							  cover_page(info->si_addr))))
		signal(number, SIG_DFL); /* and the access faults again */
	errno = error;
}

bool
fault_install(void)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	sigemptyset(&action.sa_mask);
	return sigaction(SIGBUS, &action, NULL) == 0;
}

bool
fault_watch(const struct fault_watch *watch)
{
	for (int i = 0; i < FAULT_MAX_WATCHES; i++) {
		const struct fault_watch *none = NULL;

		if (__atomic_compare_exchange_n(
			    &watches[i], &none, watch, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			return true;
	}
	return false;
}

void
fault_unwatch(const struct fault_watch *watch)
{
	for (int i = 0; i < FAULT_MAX_WATCHES; i++) {
		const struct fault_watch *mine = watch;

		__atomic_compare_exchange_n(
			&watches[i], &mine, NULL, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	}
	while (__atomic_load_n(&looking, __ATOMIC_SEQ_CST))
		; /* handlers are short */
}

void
fault_expect(void)
{
	__atomic_store_n(&expecting, true, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST); /* before the accesses that may fault */
}

void
fault_expect_no_more(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&expecting, false, __ATOMIC_RELAXED);
}
