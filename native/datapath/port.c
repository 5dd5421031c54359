#include <string.h>

#include <rte_lcore.h>

#include "capture.h"
#include "events.h"
#include "fdb.h"
#include "lcore.h"
#include "link.h"
#include "news.h"
#include "port_address.h"
#include "port_guest.h"
#include "port_place.h"
#include "device.h"
#include "vswitch.h"

#include "../vhost/guest_folder.h"
#include "../vhost/unix_socket.h"
#include "../vhost/vhost.h"

void
port_config_init(struct port_config *config)
{
	*config = (struct port_config){.listener = PORT_LISTENER_DEFAULT,
		.vlan_mode = PORT_VLAN_MODE_DEFAULT,
		.link = PORT_LINK_DEFAULT,
#define NUMBER(type, key, min, max, standard) .key = (standard),
		EACH_PORT_NUMBER(NUMBER)
#undef NUMBER
	};
	vlan_set_fill(&config->trunks);
}

static void
publish(struct vswitch *sw)
{
	pthread_mutex_lock(&sw->lock);
	topology_publish(sw);
	pthread_mutex_unlock(&sw->lock);
}

bool
port_config_same(const struct port_config *a, const struct port_config *b)
{
#define NUMBER(type, key, min, max, standard) &&a->key == b->key
	return !strcmp(a->name, b->name) && !strcmp(a->path, b->path) &&
	       !strcmp(a->interface, b->interface) && !strcmp(a->device, b->device) &&
	       a->listener == b->listener && a->vlan_mode == b->vlan_mode && a->link == b->link &&
	       !memcmp(&a->trunks, &b->trunks, sizeof(a->trunks)) &&
	       guards_same(&a->guards, &b->guards) && !strcmp(a->peer_label, b->peer_label) &&
	       !strcmp(a->relay, b->relay) && a->has_mac == b->has_mac &&
	       (!a->has_mac || !memcmp(a->mac, b->mac, sizeof(a->mac))) EACH_PORT_NUMBER(NUMBER);
#undef NUMBER
}

/* A free place for a port; NULL: none. */
static struct port *
free_port(struct vswitch *sw, const struct port_config *config, int id)
{
	if (id != PORT_ANY && !sw->ports[id].used)
		return &sw->ports[id];
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		/* Devices from the end on, as a guest's number says its tag. */
		uint16_t free = config->device[0] ? MAX_PORTS - 1 - i : i;

		if (!sw->ports[free].used && (config->vlan || config->device[0] ||
						     config->relay[0] || !port_of_tag(sw, free, 0)))
			return &sw->ports[free];
	}
	return NULL;
}

/* Whether a socket can be made at the path. */
static enum port_result
prepare_path(const struct port_config *config)
{
	if (!config->path[0])
		return PORT_ADDED;
	if (!guest_folder_make(config->path, config->listener) &&
		config->listener == LISTENER_SWITCH)
		return PORT_NO_FOLDER;
	if (config->listener == LISTENER_SWITCH && !unix_socket_clear(config->path))
		return PORT_PATH_TAKEN;
	return PORT_ADDED;
}

static void
place_by_device(struct vswitch *sw, struct port *port)
{
	port_place(sw, port);
	if (port->far && !port->far->device)
		port_place(sw, port->far);
}

enum port_result
port_add(struct vswitch *sw, const struct port_config *config, int id, struct port **port)
{
	struct port *other = port_like(sw, config), *slot;
	enum port_result result;
	unsigned int lcore;

	*port = other;
	if (other)
		return port_config_same(&other->config, config) ? PORT_SAME : PORT_CONFLICT;
	slot = free_port(sw, config, id);
	if (!slot)
		return PORT_FULL;
	/* Only now: the memory of ports that there never were is not touched. */
	slot->id = (uint16_t)(slot - sw->ports);
	*port = config->vlan_mode == VLAN_MODE_PER_GUEST ? port_of_ambiguous_tag(sw)
		: config->device[0] || config->relay[0]  ? NULL
							 : port_of_tag(sw, slot->id, config->vlan);
	if (*port)
		return PORT_TAG_TAKEN;
	*port = port_of_full_relay(sw, config);
	if (*port)
		return PORT_RELAY_FULL;
	result = prepare_path(config);
	if (result != PORT_ADDED)
		return result;

	pthread_mutex_lock(&sw->lock);
	slot->config = *config;
	slot->linkless = 0;
	slot->pinned = false;
	/* From the beginning: until its relay is known, at least what is set. */
	slot->link_down = slot->vhost.held = config->link == LINK_DISABLE;
	slot->choice = NO_CHOICE;
	memset(slot->queue, 0, sizeof(slot->queue));
	slot->vhost.name = slot->config.name;
	slot->vhost.path = slot->config.path;
	slot->vhost.peer_label = slot->config.peer_label;
	slot->vhost.listener = config->listener;
	slot->vhost.connection = VHOST_DOWN;
	__atomic_store_n(&slot->flood.due, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->announcements.due, 0, __ATOMIC_RELAXED);
	slot->inbound = slot->outbound = (struct meter){0};
	learned_clear(&slot->learned);
	memset(&slot->refused, 0, sizeof(slot->refused));
	RTE_LCORE_FOREACH (lcore)
		lcore_forget(sw->lcores[lcore], slot->id);
	captures_note_port(sw, slot);
	__atomic_store_n(&slot->moves, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->refused_at, 0, __ATOMIC_RELAXED);
	slot->used = true;
	sw->n_ports++;
	relay_join(sw);
	/* Nobody polls it yet. */
	slot->lcore = port_choose_lcore(sw, slot);
	pthread_mutex_unlock(&sw->lock);
	port_address_settle(sw, slot);
	*port = slot;
	if (!port_guest_open(sw, slot)) {
		pthread_mutex_lock(&sw->lock);
		slot->used = false;
		sw->n_ports--;
		relay_join(sw);
		pthread_mutex_unlock(&sw->lock);
		fdb_flush_port(sw->fdb, slot->id);
		if (config->path[0])
			guest_folder_remove(config->path);
		return config->device[0] ? PORT_NO_DEVICE : PORT_FAILED;
	}
	event_note(sw, EVENT_PORT_ADDED, slot);
	devices_sort(sw, slot);
	link_settle(sw);
	/* Only now is it known where its device is, which its relay's guest follows. */
	if (slot->device) {
		place_by_device(sw, slot);
		device_follow_vlans(slot->device, config);
	}
	return PORT_ADDED;
}

void
port_change(struct vswitch *sw, struct port *port, const struct port_config *config)
{
	bool moved = port->config.vlan != config->vlan ||
		     port->config.vlan_mode != config->vlan_mode ||
		     strcmp(port->config.relay, config->relay) != 0 ||
		     memcmp(&port->config.trunks, &config->trunks, sizeof(config->trunks)) != 0;
	bool relabelled = strcmp(port->config.peer_label, config->peer_label);

	bool relearns = port->config.guards.learning != config->guards.learning,
	     remade = memcmp(port->config.mac, config->mac, sizeof(config->mac)) != 0,
	     /* From servers that are not its own any more, it may have addresses. */
		serves = !guards_know_servers(&config->guards, &port->config.guards);

	if (port->config.has_mac)
		port_address_release(sw, port);
	pthread_mutex_lock(&sw->lock);
	port->config = *config;
	relay_join(sw);
	topology_publish(sw);
	/* What was learnt in another way or VLAN, or for another guest, is not its own any more. */
	if (relearns || remade || moved || serves)
		learned_clear(&port->learned);
	if (relabelled && config->path[0])
		vhost_check_peer(&port->vhost);
	pthread_mutex_unlock(&sw->lock);
	/* Addresses learned in another VLAN, or before one was fixed, are invalid now. */
	if (moved || port_has_only_mac(config))
		fdb_flush_port(sw->fdb, port->id);
	port_address_settle(sw, port);
	devices_sort(sw, port);
	if (port->device)
		device_follow_vlans(port->device, config);
	link_settle(sw);
}

void
port_remove(struct vswitch *sw, struct port *port)
{
	unsigned int lcore;

	port_guest_close(sw, port);
	/* The last of it: nobody has news of it any more. */
	news_take(sw);
	event_note(sw, EVENT_PORT_REMOVED, port);
	pthread_mutex_lock(&sw->lock);
	port->used = false;
	sw->n_ports--;
	relay_join(sw);
	pthread_mutex_unlock(&sw->lock);
	fdb_flush_port(sw->fdb, port->id);
	/* Other lcores may still count frames for it as not ready, until its addresses are flushed.
	 */
	publish(sw);
	RTE_LCORE_FOREACH (lcore) {
		memset(&sw->counters[lcore][port->id], 0, sizeof(struct counters));
	}
	link_settle(sw);
}

void
port_counters(const struct vswitch *sw, uint16_t id, struct counters *sum)
{
	unsigned int lcore;

	memset(sum, 0, sizeof(*sum));
	RTE_LCORE_FOREACH (lcore) {
		counters_collect(sum, &sw->counters[lcore][id]);
	}
	counters_collect(sum, &sw->ports[id].refused);
	port_guest_count(&sw->ports[id], sum);
}

void
port_faults(struct vswitch *sw, const struct port *port, struct port_faults *faults)
{
	pthread_mutex_lock(&sw->lock);
	*faults = (struct port_faults){
		.bad_chains = port->vhost.earlier_bad_chains,
		.refused = port->vhost.refused,
		.wrong_label = port->vhost.wrong_label,
	};
	if (port_guest(port))
		guest_faults(port_guest(port), &faults->bad_chains, &faults->broken);
	pthread_mutex_unlock(&sw->lock);
}
