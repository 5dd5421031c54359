/*
 * What other threads have to say to the control thread: forwarding of addresses, which it logs and
 * lets the NIC pass; rte_vhost's of guests. It tells those who watch (events.h). A queue that never
 * waits: when it is full, the control thread looks for itself.
 */
#ifndef NEWS_H
#define NEWS_H

#include <stdint.h>

struct rte_ring;
struct vswitch;

enum news {
	NEWS_LEARNED,
	NEWS_MOVED, /* taken from another port */
	NEWS_HELD,  /* claimed in vain: another port has it */
	NEWS_UP,    /* a guest came */
	NEWS_DOWN,
};

struct news_item {
	uint64_t key;
	uint16_t port, from;
	uint32_t what;
};

/* The queue; NULL: no memory. */
struct rte_ring *
news_create(void);

/*
 * Any thread. port: the one that has it now, or claims it. key: the address (fdb.h), of a guest 0.
 * from: the port that had it, or has it; or the same one.
 */
void
news_post(struct vswitch *sw, enum news what, uint16_t port, uint64_t key, uint16_t from);

/* Control thread, a few times a second. */
void
news_take(struct vswitch *sw);

#endif
