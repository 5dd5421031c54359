#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "fdb.h"
#include "device_reach.h"
#include "device_setup.h"
#include "vswitch.h"

#include "../base/log.h"

static int
find_filter(const struct device *device, const uint8_t mac[6])
{
	for (uint16_t i = 0; i < device->n_filters; i++)
		if (!memcmp(device->filter[i].mac.addr_bytes, mac, RTE_ETHER_ADDR_LEN))
			return i;
	return -1;
}

static void
remove_filter(struct device *device, uint16_t i)
{
	int error = rte_eth_dev_mac_addr_remove(device->port, &device->filter[i].mac);

	if (error)
		LOG(WARNING, "device %s: a filter stays: %s", device->name, rte_strerror(-error));
	device->filter[i] = device->filter[--device->n_filters];
}

void
device_drop_filters(struct device *device)
{
	while (device->n_filters)
		remove_filter(device, device->n_filters - 1);
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
	struct device_filter *filter;
	int present, error;

	present = find_filter(device, mac);
	if (present >= 0 && device->filter[present].port == port)
		return;
	if (present >= 0)
		remove_filter(device, present);
	if (device->n_filters == DEVICE_MAX_FILTERS) {
		pass_everything(device, -ENOSPC);
		return;
	}
	filter = &device->filter[device->n_filters];
	memcpy(filter->mac.addr_bytes, mac, RTE_ETHER_ADDR_LEN);
	filter->port = port;
	filter->pool = vmdq_pool_of(&device->vmdq, port);
	error = rte_eth_dev_mac_addr_add(device->port, &filter->mac, filter->pool);
	if (error)
		pass_everything(device, error);
	else
		device->n_filters++;
}

void
devices_accept(struct vswitch *sw, uint16_t port, const uint8_t mac[6])
{
	for (uint16_t i = 0; sw->n_device_ports && i < MAX_PORTS; i++) {
		struct device *device = sw->ports[i].device;

		if (!device || i == port)
			continue;
		if (!device->has_vmdq)
			device_reach(device, sw, port, mac);
		else if (!sw->ports[port].device)
			sort_address(device, port, mac);
	}
}

static bool
accept_entry(const struct fdb_view *view, void *sw)
{
	devices_accept(sw, view->port, view->mac);
	return true;
}

void
devices_accept_all(struct vswitch *sw)
{
	if (sw->n_device_ports)
		fdb_walk(sw->fdb, vswitch_now(sw), accept_entry, sw);
}

static void
refresh_link(struct device *device)
{
	struct rte_eth_link link = {0};

	if (device->packet) {
		struct packet_facts facts;

		packet_socket_look(device->packet, &facts);
		link.link_status = facts.link;
	} else if (rte_eth_link_get_nowait(device->port, &link) < 0) {
		return;
	}
	if (link.link_status == device->link)
		return;
	device->link = link.link_status;
	LOG(INFO, "device %s: link %s", device->name, device->link ? "up" : "down");
}

/* In the port's own VLAN, or, if it has several, in any; that takes long once, when it is gone. */
static bool
is_there(const struct vswitch *sw, const struct device_filter *filter)
{
	const struct port *port = &sw->ports[filter->port];
	const uint8_t *mac = filter->mac.addr_bytes;

	if (!port->used)
		return false;
	if (fdb_lookup(sw->fdb, fdb_key(mac, port->config.vlan, port->config.vlan)) == filter->port)
		return true;
	for (uint16_t vlan = 0; vlan <= VLAN_MAX; vlan++)
		if (fdb_lookup(sw->fdb, fdb_key(mac, vlan, false)) == filter->port ||
			fdb_lookup(sw->fdb, fdb_key(mac, vlan, true)) == filter->port)
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
			remove_filter(device, i);
			removed++;
		}
	device_reach_refresh(device, sw, removed);
}
