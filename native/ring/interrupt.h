/*
 * Interrupting a guest without ever waiting for it.
 *
 * A guest's interrupt is an eventfd that it also holds itself. A plain write to it blocks while
 * its counter is full, unless it is non-blocking; and the guest can fill it, and make it blocking
 * again, at any moment: the forwarding lcore would stand still for as long as the guest likes.
 * Therefore the kernel raises it as the completion of an asynchronous read of nothing (io_submit,
 * IOCB_FLAG_RESFD), which never waits and takes nothing but an eventfd.
 *
 * Where the kernel has no such reads to give, the counter is asked whether it has room before it
 * is written to: as safe as it gets without.
 */
#ifndef RING_INTERRUPT_H
#define RING_INTERRUPT_H

/* Any thread; each gets its own context in the kernel at its first call. */
void
interrupt_guest(int event);

#endif
