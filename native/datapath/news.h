/*
 * What forwarding has to say of addresses to the control thread, which logs it and lets the NIC
 * pass them. A queue that never waits: when it is full, the control thread looks for itself.
 */
#ifndef NEWS_H
#define NEWS_H

#include <stdint.h>

struct vswitch;

enum news {
	NEWS_LEARNED,
	NEWS_MOVED, /* taken from another port */
	NEWS_HELD,  /* claimed in vain: another port has it */
};

/* Any thread. port: the one that has it now, or claims it. */
void
news_post(struct vswitch *sw, enum news what, uint16_t port, const uint8_t mac[6]);

/* Control thread, a few times a second. */
void
news_take(struct vswitch *sw);

#endif
