/*
 * What happens in the switch, for those who watch it (events.watch, ../control/clients.h).
 *
 * A queue between who notices something and who tells it, both on the control thread: what lcores
 * and rte_vhost's threads notice comes by news.h. It never waits: what finds no room is counted, as
 * is what found none there. As long as nobody watches nothing is noted.
 *
 * Guests behind vhost-user sockets come and go as their connections do. Other ports are compared
 * once a second with what they were, as are the counters that tell of a limit.
 */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "../base/contract.h"

struct port;
struct vswitch;

struct event {
	struct timespec time;
	enum event_name what;
	char port[PORT_NAME_MAX + 1];
	char from[PORT_NAME_MAX + 1]; /* another port that it has to do with; "": none */
	bool has_address;
	uint8_t mac[6];
	uint16_t vlan;
	const char *reason; /* a word of the protocol's, NULL: none */
	uint64_t count;     /* with a reason */
};

struct events;

/* NULL: no memory. */
struct events *
events_create(void);
void
events_destroy(struct events *events);

/* Whether somebody watches. From then on what happens is noted. */
void
events_watch(struct vswitch *sw, bool watched);

/* Notes what happened to a port. The rest is the caller's to fill in; NULL: nobody wants it. */
struct event *
event_note(struct vswitch *sw, enum event_name what, const struct port *port);
/* The same, and it has to do with the port of this number, if that is there. */
struct event *
event_note_address(struct vswitch *sw, enum event_name what, const struct port *port, uint64_t key,
	uint16_t from);

/* Once a second: what is compared. */
void
events_refresh(struct vswitch *sw);

/* The next one, oldest first. False: there is none. */
bool
events_next(struct vswitch *sw, struct event *event);
/* How many found no room since the last call. */
uint64_t
events_missed(struct vswitch *sw);

#endif
