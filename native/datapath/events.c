#include <stdlib.h>
#include <string.h>

#include "events.h"
#include "fdb.h"
#include "port_guest.h"
#include "vswitch.h"

/* What one round of the control thread may bring; a few milliseconds' work to tell. */
#define ROOM 1024
/* Seconds in which a port is told of no more than once for each limit. */
#define LIMIT_SECONDS 10

enum bound {
	BOUND_RATE,
	BOUND_FLOOD,
	BOUND_ADDRESSES,
	BOUND_GUEST,
	BOUNDS,
};

/* Those that a reason of drops tells of; BOUND_GUEST is what a guest was refused. */
static const enum drop bound_drops[] = {
	[BOUND_RATE] = DROP_RATE_LIMIT,
	[BOUND_FLOOD] = DROP_FLOOD_LIMIT,
	[BOUND_ADDRESSES] = DROP_ADDRESS_LIMIT,
};

/* What was seen of a port. */
struct seen {
	bool up;        /* if it has no vhost-user socket */
	bool addresses; /* it had as many as it may */
	uint64_t counted[BOUNDS];
	uint32_t told[BOUNDS]; /* second after which it may be told again */
};

struct events {
	bool watched;
	uint32_t begin, n;
	uint64_t missed;
	struct event queue[ROOM];
	struct seen seen[MAX_PORTS];
};

struct events *
events_create(void)
{
	return calloc(1, sizeof(struct events));
}

void
events_destroy(struct events *events)
{
	free(events);
}

static bool
comes_and_goes(const struct port *port)
{
	return !port->config.device[0] && !port->config.interface[0];
}

static bool
is_up(struct vswitch *sw, const struct port *port)
{
	bool up;

	pthread_mutex_lock(&sw->lock);
	up = port_guest_is_up(port);
	pthread_mutex_unlock(&sw->lock);
	return up;
}

/* Whether it can learn no more; one that has a single address anyway needs not. */
static bool
has_all_addresses(const struct vswitch *sw, const struct port *port)
{
	return fdb_is_full(sw->fdb, port->id) && !port_has_only_mac(&port->config);
}

static void
count_limits(struct vswitch *sw, const struct port *port, uint64_t counted[BOUNDS])
{
	struct counters sum;
	struct port_faults faults;

	port_counters(sw, port->id, &sum);
	port_faults(sw, port, &faults);
	for (int i = 0; i < BOUND_GUEST; i++)
		counted[i] = sum.drops[bound_drops[i]];
	counted[BOUND_GUEST] = faults.refused;
}

void
events_watch(struct vswitch *sw, bool watched)
{
	struct events *events = sw->events;

	if (watched == events->watched)
		return;
	events->watched = watched;
	events->n = 0;
	events->missed = 0;
	for (uint16_t i = 0; i < MAX_PORTS && watched; i++) {
		struct seen *seen = &events->seen[i];

		if (!sw->ports[i].used)
			continue;
		*seen = (struct seen){.up = is_up(sw, &sw->ports[i]),
			.addresses = has_all_addresses(sw, &sw->ports[i])};
		count_limits(sw, &sw->ports[i], seen->counted);
	}
}

struct event *
event_note(struct vswitch *sw, enum event_name what, const struct port *port)
{
	struct events *events = sw->events;
	struct event *event;

	if (!events->watched)
		return NULL;
	if (what == EVENT_PORT_ADDED)
		events->seen[port->id] = (struct seen){0};
	if (events->n == ROOM) {
		events->missed++;
		return NULL;
	}
	event = &events->queue[(events->begin + events->n++) % ROOM];
	*event = (struct event){.what = what};
	clock_gettime(CLOCK_REALTIME, &event->time);
	strcpy(event->port, port->config.name);
	return event;
}

struct event *
event_note_address(struct vswitch *sw, enum event_name what, const struct port *port, uint64_t key,
	uint16_t from)
{
	struct event *event = event_note(sw, what, port);

	if (!event)
		return NULL;
	event->has_address = true;
	fdb_key_address(key, event->mac, &event->vlan);
	if (from != port->id && from < MAX_PORTS && sw->ports[from].used)
		strcpy(event->from, sw->ports[from].config.name);
	return event;
}

static void
note_limit(struct vswitch *sw, const struct port *port, enum bound bound, uint64_t count)
{
	struct seen *seen = &sw->events->seen[port->id];
	uint32_t now = vswitch_now(sw);
	struct event *event;

	if (now < seen->told[bound])
		return;
	seen->told[bound] = now + LIMIT_SECONDS;
	event = event_note(sw, EVENT_LIMIT, port);
	if (!event)
		return;
	event->reason = bound == BOUND_GUEST ? "refused" : drop_names[bound_drops[bound]];
	event->count = count;
}

static void
compare_limits(struct vswitch *sw, const struct port *port)
{
	struct seen *seen = &sw->events->seen[port->id];
	uint64_t counted[BOUNDS];
	bool full = has_all_addresses(sw, port);

	count_limits(sw, port, counted);
	for (int i = 0; i < BOUNDS; i++)
		if (counted[i] > seen->counted[i])
			note_limit(sw, port, (enum bound)i, counted[i] - seen->counted[i]);
	/* Frames from addresses that it has no room for are forwarded, so nothing counts them. */
	if (full && !seen->addresses)
		note_limit(sw, port, BOUND_ADDRESSES, 0);
	seen->addresses = full;
	memcpy(seen->counted, counted, sizeof(counted));
}

static void
compare_state(struct vswitch *sw, const struct port *port)
{
	struct seen *seen = &sw->events->seen[port->id];
	bool up = is_up(sw, port);

	if (!comes_and_goes(port) && up != seen->up)
		event_note(sw, up ? EVENT_PORT_UP : EVENT_PORT_DOWN, port);
	seen->up = up;
}

void
events_refresh(struct vswitch *sw)
{
	if (!sw->events->watched)
		return;
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		if (!sw->ports[i].used)
			continue;
		compare_state(sw, &sw->ports[i]);
		compare_limits(sw, &sw->ports[i]);
	}
}

bool
events_next(struct vswitch *sw, struct event *event)
{
	struct events *events = sw->events;

	if (!events->n)
		return false;
	*event = events->queue[events->begin];
	events->begin = (events->begin + 1) % ROOM;
	events->n--;
	return true;
}

uint64_t
events_missed(struct vswitch *sw)
{
	uint64_t missed =
		sw->events->missed + __atomic_exchange_n(&sw->news_missed, 0, __ATOMIC_RELAXED);

	sw->events->missed = 0;
	return missed;
}
