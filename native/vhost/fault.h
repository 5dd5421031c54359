/*
 * Survives guests' memory that goes away while it is read.
 *
 * A guest shares files with us; anyone who holds such a file may truncate it, and a hardware error
 * may destroy a page of it. The next access then raises SIGBUS on its thread. The handler finds
 * the guest, maps empty memory of our own over its memory, marks the guest, and lets the access go
 * on: it reads zeros, no worse than what the guest may write there anyway. Rings marked broken are
 * not used any more, so there are few such accesses and nothing grows.
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

/* Mapped memory of one guest, as passed to mmap(): a mapping of huge pages is replaced whole. */
struct fault_watch {
	uint16_t n;
	struct {
		uint8_t *begin;
		size_t length;
	} area[FAULT_MAX_AREAS];
	/* Called by the signal handler: it may only make single stores. */
	void (*on_loss)(void *context);
	void *context;
};

/* Installs the SIGBUS handler. Before guests come. False with errno. */
bool
fault_install(void);

/* False: there are FAULT_MAX_WATCHES already. The watch must not move. */
bool
fault_watch(const struct fault_watch *watch);
/* After it returns, no handler touches the watch or its memory any more. */
void
fault_unwatch(const struct fault_watch *watch);

/*
 * While a thread expects faults, each of its own is repaired with an empty page: for rte_vhost,
 * which reads a guest's shared memory at addresses that we do not know. Calls do not nest.
 */
void
fault_expect(void);
void
fault_expect_no_more(void);

#endif
