#include <errno.h>
#include <linux/aio_abi.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "interrupt.h"

#define SLOTS 32

/* Beginning of the kernel's ring at the context's address; user space consumes it. */
struct completions {
	uint32_t id, n, head, tail;
};

/* Fixed while anybody interrupts. The first context is the one for all who have none. */
static aio_context_t *contexts;
static unsigned int n_contexts;
static int source = -1; /* something to read nothing from */
/* shared: written and read by the threads that take one */
static unsigned int n_owned;
static pthread_mutex_t others = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local aio_context_t own;

bool
interrupt_prepare(unsigned int n)
{
	source = memfd_create("interrupts", MFD_CLOEXEC);
	contexts = calloc(n + 1, sizeof(*contexts));
	if (source < 0 || !contexts)
		return false;
	for (; n_contexts < n + 1; n_contexts++)
		if (syscall(SYS_io_setup, SLOTS, &contexts[n_contexts]) < 0) {
			int error = errno;

			interrupt_finish();
			errno = error;
			return false;
		}
	__atomic_store_n(&n_owned, 0, __ATOMIC_RELEASE);
	return true;
}

void
interrupt_own(void)
{
	unsigned int mine = __atomic_add_fetch(&n_owned, 1, __ATOMIC_ACQ_REL);

	if (mine < n_contexts)
		own = contexts[mine];
}

void
interrupt_finish(void)
{
	while (n_contexts > 0)
		(void)syscall(SYS_io_destroy, contexts[--n_contexts]);
	free(contexts);
	contexts = NULL;
	if (source >= 0)
		close(source);
	source = -1;
	own = 0;
}

/* False: it is no eventfd, and then there is nobody to interrupt. */
static bool
raise_event(aio_context_t context, int event)
{
	struct iocb read = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = source,
		.aio_flags = IOCB_FLAG_RESFD,
		.aio_resfd = event,
	};
	struct iocb *reads[] = {&read};
	struct completions *done = (struct completions *)context; /* NOLINT: the kernel's word */
	bool raised = syscall(SYS_io_submit, context, 1, reads) == 1;

	__atomic_store_n(
		&done->head, __atomic_load_n(&done->tail, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
	return raised;
}

bool
interrupt_is_event(int fd)
{
	bool raised;

	if (own)
		return raise_event(own, fd);
	pthread_mutex_lock(&others);
	raised = raise_event(contexts[0], fd);
	pthread_mutex_unlock(&others);
	return raised;
}

void
interrupt_guest(int event)
{
	(void)interrupt_is_event(event);
}
