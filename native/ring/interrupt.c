#include <linux/aio_abi.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "interrupt.h"

#define SLOTS 32

/* Beginning of the kernel's ring at the context's address; user space consumes it. */
struct completions {
	uint32_t id, n, head, tail;
};

enum readiness {
	UNKNOWN,
	READY,
	UNAVAILABLE,
};

static _Thread_local enum readiness readiness;
static _Thread_local aio_context_t context;
/* A descriptor for reads of 0 bytes. Opened once, kept. */
/* shared: written by the first to interrupt, read by all that do */
static int source = -1;

static enum readiness
prepare(void)
{
	int fd = memfd_create("interrupts", MFD_CLOEXEC), none = -1;

	if (fd < 0)
		return UNAVAILABLE;
	if (!__atomic_compare_exchange_n(
		    &source, &none, fd, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		close(fd);
	return syscall(SYS_io_setup, SLOTS, &context) == 0 ? READY : UNAVAILABLE;
}

void
interrupt_guest(int event)
{
	struct iocb read = {
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = __atomic_load_n(&source, __ATOMIC_ACQUIRE),
		.aio_flags = IOCB_FLAG_RESFD,
		.aio_resfd = event,
	};
	struct iocb *reads[] = {&read};
	struct completions *done;
	struct pollfd room = {.fd = event, .events = POLLOUT};

	if (readiness == UNKNOWN) {
		readiness = prepare();
		read.aio_fildes = __atomic_load_n(&source, __ATOMIC_ACQUIRE);
	}
	if (readiness == READY) {
		/* It fails only if this is no eventfd; then there is nobody to interrupt. */
		(void)syscall(SYS_io_submit, context, 1, reads);
		done = (struct completions *)context; /* NOLINT: the kernel defines it so */
		__atomic_store_n(&done->head, __atomic_load_n(&done->tail, __ATOMIC_ACQUIRE),
			__ATOMIC_RELEASE);
		return;
	}
	/* If it is full, an interrupt is pending anyway. */
	if (poll(&room, 1, 0) == 1 && room.revents == POLLOUT)
		(void)eventfd_write(event, 1);
}
