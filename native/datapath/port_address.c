#include "fdb.h"
#include "port_address.h"
#include "port_guest.h"
#include "device.h"
#include "vswitch.h"

/* The key of a port's fixed address. */
static uint64_t
pinned_key(const struct port_config *config)
{
	return fdb_key(config->mac, config->vlan, config->vlan);
}

static bool
is_up(struct vswitch *sw, const struct port *port)
{
	bool up;

	pthread_mutex_lock(&sw->lock);
	up = port_guest(port);
	pthread_mutex_unlock(&sw->lock);
	return up;
}

/* Whether a port's own address is rightly at another place now; forwarding decides (moves.h). */
static bool
is_elsewhere(struct vswitch *sw, const struct port *port, const struct fdb_place *place)
{
	const struct port *other = &sw->ports[place->port];

	if (place->port == port->id)
		return false;
	/* Its guest is not here yet, or not any more. */
	if (!is_up(sw, port))
		return true;
	/* Two have the same: a guest that migrates from one to the other, for instance. */
	return place->pinned && is_up(sw, other);
}

void
port_refresh(struct vswitch *sw, struct port *port)
{
	struct fdb_place place;
	uint64_t key;

	if (!port->config.has_mac)
		return;
	key = pinned_key(&port->config);
	if (fdb_find(sw->fdb, key, &place) &&
		((place.port == port->id && place.pinned) || is_elsewhere(sw, port, &place)))
		return;
	/* Forwarding reports addresses that it learns (news.h); this one it never will. */
	if (fdb_pin(sw->fdb, key, port->id))
		devices_accept(sw, port->id, port->config.mac);
}

void
port_address_settle(struct vswitch *sw, struct port *port)
{
	fdb_set_limit(sw->fdb, port->id, port->config.address_limit);
	port_refresh(sw, port);
}

void
port_address_release(struct vswitch *sw, const struct port *port)
{
	uint64_t key = pinned_key(&port->config);
	struct fdb_place place;

	if (fdb_find(sw->fdb, key, &place) && place.port == port->id)
		fdb_unpin(sw->fdb, key, vswitch_now(sw));
}
