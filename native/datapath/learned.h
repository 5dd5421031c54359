/*
 * IPv4 addresses that a port's guards learnt (guard.h), each until its lease ends.
 *
 * Threads: any lcore that delivers to the port writes, and those that poll its queues; the control
 * thread reads. An address and its end are one word, so that nobody sees half of it.
 */
#ifndef LEARNED_H
#define LEARNED_H

#include <stdbool.h>
#include <stdint.h>

#include "address_list.h"

/* More than a guest needs on one NIC; one more takes the place of that which ends first. */
#define LEARNED_MAX 4
#define LEARNED_FOR_EVER UINT32_MAX

/* Conversations of DHCP that a guest may have at a time, one in each of its VLANs. */
#define ASKED_MAX 4

struct learned {
	/* shared: written and read by forwarding lcores, read by the control thread */
	uint64_t slot[LEARNED_MAX]; /* address in wire order << 32 | second of its end; 0: free */
	/* shared: written by the lcores that poll the port's queues, read by all */
	uint64_t asked[ASKED_MAX]; /* the number of a request << 1 | 1; 0: none */
	/* shared: written and read by the lcores that poll the port's queues */
	uint32_t n_asked;
};

static inline uint64_t
learned_slot(const struct learned *learned, unsigned int i)
{
	return __atomic_load_n(&learned->slot[i], __ATOMIC_RELAXED);
}

static inline bool
learned_is_alive(uint64_t slot, uint32_t now)
{
	return (uint32_t)slot > now;
}

static inline bool
learned_has(const struct learned *learned, uint32_t address, uint32_t now)
{
	for (unsigned int i = 0; i < LEARNED_MAX; i++) {
		uint64_t slot = learned_slot(learned, i);

		if (slot >> 32 == address && learned_is_alive(slot, now))
			return true;
	}
	return false;
}

/* until: a second that is to come; 0: it is over. */
void
learned_add(struct learned *learned, uint32_t address, uint32_t until, uint32_t now);
/*
 * The first one, for ever. False: there was one already; of lcores that poll queues of one guest,
 * only one has the first.
 */
bool
learned_add_first(struct learned *learned, uint32_t address);
/* Its end is now: that there was one stays known. */
void
learned_remove(struct learned *learned, uint32_t address);
bool
learned_is_empty(const struct learned *learned, uint32_t now);
/* Whether there never was any: who had one may not choose another. */
bool
learned_is_untouched(const struct learned *learned);
/* The guest asked a server; answers to other numbers are none. */
void
learned_ask(struct learned *learned, uint32_t number);
bool
learned_has_asked(const struct learned *learned, uint32_t number);
/* Those that are alive, in no order. */
void
learned_list(const struct learned *learned, uint32_t now, struct address_list *list);
void
learned_copy(struct learned *to, const struct learned *from);
void
learned_clear(struct learned *learned);

#endif
