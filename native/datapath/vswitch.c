#include <stdlib.h>

#include <rte_common.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_ring.h>

#include "announce.h"
#include "device.h"
#include "events.h"
#include "fdb.h"
#include "news.h"
#include "processors.h"
#include "vswitch.h"

#include "../base/rounds.h"

#define FDB_BUCKETS (1u << 17) /* 524,288 entries in 8 MiB, touched as they fill */

/* False: no memory. */
static bool
prepare_lcores(struct vswitch *sw)
{
	unsigned int lcore;

	RTE_LCORE_FOREACH (lcore) {
		sw->lcore_node[lcore] = lcore_node(lcore);
		sw->counters[lcore] = zalloc_near(
			"counters", MAX_PORTS * sizeof(struct counters), sw->lcore_node[lcore]);
		if (!sw->counters[lcore])
			return false;
	}
	return true;
}

struct vswitch *
vswitch_create(void)
{
	struct vswitch *sw = calloc(1, sizeof(*sw));
	size_t readers = rte_rcu_qsbr_get_memsize(RTE_MAX_LCORE);

	if (!sw)
		return NULL;
	pthread_mutex_init(&sw->lock, NULL);
	sw->fdb = fdb_create(FDB_BUCKETS, ADDRESS_LIMIT_MAX);
	sw->readers = rte_zmalloc("readers", readers, RTE_CACHE_LINE_SIZE);
	sw->news = news_create();
	sw->events = events_create();
	if (!sw->fdb || !sw->readers || !sw->news || !sw->events || !prepare_lcores(sw) ||
		rte_rcu_qsbr_init(sw->readers, RTE_MAX_LCORE)) {
		vswitch_destroy(sw);
		return NULL;
	}
	rounds_are_of(sw->readers);
	topology_publish(sw);
	return sw;
}

static void
publish_guests(void *context)
{
	topology_publish(context);
}

static void
tell_of_guest(void *context, struct vhost_socket *socket, bool up)
{
	const struct port *port = container_of(socket, struct port, vhost);

	news_post(context, up ? NEWS_UP : NEWS_DOWN, port->id, 0, port->id);
}

static void
announce_guest(void *context, struct vhost_socket *socket, const uint8_t mac[6])
{
	announce(context, container_of(socket, struct port, vhost), mac);
}

static uint32_t
limit_of(void *context, enum vhost_limit which)
{
	const struct settings *settings = &((struct vswitch *)context)->settings;

	switch (which) {
	case VHOST_LIMIT_MESSAGES:
		return setting(&settings->message_limit);
	case VHOST_LIMIT_MEMORY:
		return setting(&settings->guest_memory);
	case VHOST_LIMIT_MEMORY_ALL:
		break;
	}
	return setting(&settings->guest_memory_all);
}

void
vswitch_serve(struct vswitch *sw)
{
	const struct vhost_owner owner = {
		.lock = &sw->lock,
		.publish = publish_guests,
		.tell = tell_of_guest,
		.announce = announce_guest,
		.limit = limit_of,
		.context = sw,
		.queue_limit = &sw->settings.queue_limit,
		.mergeable = sw->mergeable,
		.tx_csum = sw->tx_csum,
		.tso = sw->tso,
		.features_off = sw->features_off,
	};

	vhost_init(&owner);
}

void
vswitch_empty(struct vswitch *sw)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used)
			port_remove(sw, &sw->ports[i]);
}

void
vswitch_destroy(struct vswitch *sw)
{
	vswitch_empty(sw);
	devices_close(sw);
	rounds_are_of(NULL);
	fdb_destroy(sw->fdb);
	for (unsigned int i = 0; i < RTE_MAX_LCORE; i++)
		rte_free(sw->counters[i]);
	rte_free(sw->readers);
	rte_ring_free(sw->news);
	events_destroy(sw->events);
	pthread_mutex_destroy(&sw->lock);
	free(sw);
}
