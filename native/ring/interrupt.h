/*
 * Interrupts a guest without ever waiting for it.
 *
 * A guest's interrupt is an eventfd that the guest holds, too. A plain write to it blocks while
 * its counter is full, unless it is non-blocking; and the guest can fill it, and make it blocking
 * again, at any moment: the forwarding lcore would stand still for as long as the guest likes.
 * Therefore the kernel raises it as the completion of an asynchronous read of nothing (io_submit,
 * IOCB_FLAG_RESFD), which never waits and takes nothing but an eventfd: eventfd_signal() adds to
 * the counter as far as it goes, under a spin lock.
 *
 * There is no other way that cannot block. So what it needs of the kernel is taken at the start,
 * and a switch that does not get it does not start.
 */
#ifndef RING_INTERRUPT_H
#define RING_INTERRUPT_H

#include <stdbool.h>

/*
 * Once, before the first interrupt: takes a context of the kernel's for each of n threads that must
 * not wait for each other, and one for all others. False with errno: the kernel has none to give.
 */
bool
interrupt_prepare(unsigned int n);
/* Lets the calling thread have one of the n; if all are taken, it stays among the others. */
void
interrupt_own(void);
/* Gives all back to the kernel. Nobody interrupts any more. */
void
interrupt_finish(void);

/* Any thread, after interrupt_prepare(). */
void
interrupt_guest(int event);

/* Whether it is an eventfd; if so, it has been raised. Any thread, likewise. */
bool
interrupt_is_event(int fd);

#endif
