#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "fault.h"

static const struct fault_watch *_Atomic watches[FAULT_MAX_WATCHES];
/* Handlers that are looking through the watches. */
static atomic_uint looking;
static _Thread_local volatile sig_atomic_t expecting;

/* A handler may do system calls that take no lock in our address space. */
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

	atomic_fetch_add(&looking, 1);
	for (int i = 0; i < FAULT_MAX_WATCHES && !done; i++) {
		const struct fault_watch *watch = atomic_load(&watches[i]);

		for (uint16_t a = 0; watch && a < watch->n && !done; a++) {
			if (at < watch->area[a].begin ||
				at >= watch->area[a].begin + watch->area[a].length)
				continue;
			done = cover(watch->area[a].begin, watch->area[a].length);
			watch->lost(watch->context);
		}
	}
	atomic_fetch_sub(&looking, 1);
	return done;
}

/* The kernel refuses to cut a huge page, so the smallest size that it takes is the page's. */
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
		(!cover_watched(info->si_addr) && !(expecting && cover_page(info->si_addr))))
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

		if (atomic_compare_exchange_strong(&watches[i], &none, watch))
			return true;
	}
	return false;
}

void
fault_unwatch(const struct fault_watch *watch)
{
	for (int i = 0; i < FAULT_MAX_WATCHES; i++) {
		const struct fault_watch *mine = watch;

		atomic_compare_exchange_strong(&watches[i], &mine, NULL);
	}
	while (atomic_load(&looking))
		; /* handlers are short */
}

void
fault_expect(void)
{
	expecting = true;
}

void
fault_expect_no_more(void)
{
	expecting = false;
}
