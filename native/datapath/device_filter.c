#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "fdb.h"
#include "device_reach.h"
#include "device_setup.h"
#include "vswitch.h"

#include "../base/log.h"

void
device_drop_filters(struct device *device)
{
	while (device->n_filters)
		device_filter_remove(device, device->n_filters - 1);
	device->filters_full = false;
}

/* NICs have few address filters (the 82576: 24). Beyond them, all frames pass and we sort. */
static void
pass_everything(struct device *device, int error)
{
	if (device->filters_full)
		return;
	device->filters_full = true;
	LOG(WARNING, "device %s: no more address filters (%s); the NIC now passes every frame",
		device->name, rte_strerror(-error));
	error = rte_eth_promiscuous_enable(device->port);
	if (error)
		LOG(ERR, "device %s: promiscuous mode: %s", device->name, rte_strerror(-error));
}

/* A guest's. */
static void
sort_address(struct device *device, uint16_t port, const uint8_t mac[6])
{
	int present, error;

	present = device_filter_at(device, mac);
	if (present >= 0 && device->filter[present].port == port)
		return;
	if (present >= 0)
		device_filter_remove(device, present);
	error = device_filter_add(device, port, mac, vmdq_pool_of(&device->vmdq, port));
	if (error)
		pass_everything(device, error);
}

static void
accept_address(struct vswitch *sw, struct device *device, uint16_t port, const uint8_t mac[6])
{
	if (!device->has_vmdq)
		device_reach(device, sw, port, mac);
	else if (!sw->ports[port].device)
		sort_address(device, port, mac);
}

/* The ports that are devices. */
struct device_ports {
	struct vswitch *sw;
	uint16_t n;
	uint16_t id[MAX_PORTS];
};

static void
find_device_ports(struct vswitch *sw, struct device_ports *found)
{
	found->sw = sw;
	found->n = 0;
	for (uint16_t i = 0; found->n < sw->n_device_ports && i < MAX_PORTS; i++)
		if (sw->ports[i].device)
			found->id[found->n++] = i;
}

static void
accept_on(const struct device_ports *ports, uint16_t port, const uint8_t mac[6])
{
	for (uint16_t i = 0; i < ports->n; i++)
		if (ports->id[i] != port)
			accept_address(ports->sw, ports->sw->ports[ports->id[i]].device, port, mac);
}

void
devices_accept(struct vswitch *sw, uint16_t port, const uint8_t mac[6])
{
	struct device_ports ports;

	find_device_ports(sw, &ports);
	accept_on(&ports, port, mac);
}

static bool
accept_entry(const struct fdb_view *view, void *ports)
{
	accept_on(ports, view->port, view->mac);
	return true;
}

void
devices_accept_all(struct vswitch *sw)
{
	struct device_ports ports;

	/* Once, not for each of the table's entries. */
	find_device_ports(sw, &ports);
	if (ports.n)
		fdb_walk(sw->fdb, vswitch_now(sw), accept_entry, &ports);
}

static void
refresh_link(struct device *device)
{
	bool up = device_link_is_up(device);

	if (up == device->link)
		return;
	device->link = up;
	LOG(INFO, "device %s: link %s", device->name, device->link ? "up" : "down");
}

static bool
has_entry(const struct vswitch *sw, struct device_filter *filter, uint64_t key)
{
	if (fdb_lookup(sw->fdb, key) != filter->port)
		return false;
	filter->key = key;
	return true;
}

/*
 * Where it was last, in the port's own VLAN, or, if the port has several, in any. The last takes
 * long: only of those that are not where they were, so a guest with many VLANs does not have all of
 * its own looked for each second.
 */
static bool
is_there(const struct vswitch *sw, struct device_filter *filter)
{
	const struct port *port = &sw->ports[filter->port];
	const uint8_t *mac = filter->mac.addr_bytes;

	if (!port->used)
		return false;
	if ((filter->key && has_entry(sw, filter, filter->key)) ||
		has_entry(sw, filter, fdb_key(mac, port->config.vlan, port->config.vlan)))
		return true;
	for (uint16_t vlan = 0; vlan <= VLAN_MAX; vlan++)
		if (has_entry(sw, filter, fdb_key(mac, vlan, false)) ||
			has_entry(sw, filter, fdb_key(mac, vlan, true)))
			return true;
	return false;
}

void
device_refresh(struct device *device, struct vswitch *sw)
{
	uint16_t removed = 0;

	refresh_link(device);
	for (uint16_t i = device->n_filters; i-- > 0 && removed < REACH_CHANGES;)
		if (!is_there(sw, &device->filter[i])) {
			device_filter_remove(device, i);
			removed++;
		}
	device_reach_refresh(device, sw, removed);
}
