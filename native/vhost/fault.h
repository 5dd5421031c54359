/*
 * Guests' memory that goes away while it is read.
 *
 * A guest shares files with us; whoever holds such a file may cut it short, and a page of it may
 * be lost to a hardware error. The next access is then answered with SIGBUS, on whichever thread
 * it happens. The handler looks whose memory that is, lays empty memory of our own over it, marks
 * the guest, and lets the access go on: it reads zeros, which is no worse than what the guest may
 * write there anyway. Rings that are marked broken are not used any more, so there are few such
 * accesses and nothing grows.
 *
 * A SIGBUS anywhere else is a defect, and ends the process as it would without us.
 *
 * Threads: watches come and go on rte_vhost's threads; the handler runs on any.
 */
#ifndef FAULT_H
#define FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAULT_MAX_AREAS 64
#define FAULT_MAX_WATCHES 1024

/* Mapped memory of one guest, as mmap() took it: a mapping of huge pages is replaced whole. */
struct fault_watch {
	uint16_t n;
	struct {
		uint8_t *begin;
		size_t length;
	} area[FAULT_MAX_AREAS];
	/* Called by the signal handler: it may only set what is set in one piece. */
	void (*on_loss)(void *context);
	void *context;
};

/* Takes over SIGBUS. Before guests come. False with errno. */
bool
fault_install(void);

/* False: there are FAULT_MAX_WATCHES already. The watch must stay where it is. */
bool
fault_watch(const struct fault_watch *watch);
/* When it returns, no handler touches the watch or its memory any more. */
void
fault_unwatch(const struct fault_watch *watch);

/*
 * While a thread expects faults, any one of its own is mended by a page: for rte_vhost, which
 * touches what a guest shared without telling us where that is. Calls do not nest.
 */
void
fault_expect(void);
void
fault_expect_no_more(void);

#endif
