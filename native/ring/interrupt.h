/*
 * Interrupts a guest without ever waiting for it.
 *
 * A guest's interrupt is an eventfd that the guest holds, too. A plain write to it blocks while
 * its counter is full, unless it is non-blocking; and the guest can fill it, and make it blocking
 * again, at any moment: it could stop the forwarding lcore for as long as it likes. Therefore the
 * kernel raises it as the completion of an asynchronous read of 0 bytes (io_submit,
 * IOCB_FLAG_RESFD), which never waits and accepts nothing but an eventfd.
 *
 * Where the kernel grants no such reads, the counter is polled for room before the write: the
 * safest way without them.
 */
#ifndef RING_INTERRUPT_H
#define RING_INTERRUPT_H

/* Any thread; each gets its own kernel context at its first call. */
void
interrupt_guest(int event);

#endif
