#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "fdb.h"
#include "uplink_setup.h"
#include "vswitch.h"

#include "../base/log.h"

static int
find_filter(const struct uplink *uplink, const uint8_t mac[6])
{
	for (uint16_t i = 0; i < uplink->n_filters; i++)
		if (!memcmp(uplink->filter[i].mac.addr_bytes, mac, RTE_ETHER_ADDR_LEN))
			return i;
	return -1;
}

static void
remove_filter(struct uplink *uplink, uint16_t i)
{
	int error = rte_eth_dev_mac_addr_remove(uplink->port, &uplink->filter[i].mac);

	if (error)
		LOG(WARNING, "uplink %u: a filter stays: %s", uplink->port, rte_strerror(-error));
	uplink->filter[i] = uplink->filter[--uplink->n_filters];
}

/* NICs have few address filters (the 82576: 24). Beyond them, all frames pass and we sort. */
static void
pass_everything(struct uplink *uplink, int error)
{
	if (uplink->filters_full)
		return;
	uplink->filters_full = true;
	LOG(WARNING, "uplink %u: no more address filters (%s); the NIC now passes every frame",
		uplink->port, rte_strerror(-error));
	error = rte_eth_promiscuous_enable(uplink->port);
	if (error)
		LOG(ERR, "uplink %u: promiscuous mode: %s", uplink->port, rte_strerror(-error));
}

void
uplink_accept(struct uplink *uplink, uint16_t port, const uint8_t mac[6])
{
	struct uplink_filter *filter;
	int present, error;

	if (!uplink->vmdq)
		return;
	present = find_filter(uplink, mac);
	if (present >= 0 && uplink->filter[present].port == port)
		return;
	if (present >= 0)
		remove_filter(uplink, present);
	if (uplink->n_filters == UPLINK_MAX_FILTERS) {
		pass_everything(uplink, -ENOSPC);
		return;
	}
	filter = &uplink->filter[uplink->n_filters];
	memcpy(filter->mac.addr_bytes, mac, RTE_ETHER_ADDR_LEN);
	filter->port = port;
	filter->pool = uplink_pool_of(uplink, port);
	error = rte_eth_dev_mac_addr_add(uplink->port, &filter->mac, filter->pool);
	if (error)
		pass_everything(uplink, error);
	else
		uplink->n_filters++;
}

void
uplink_refresh(struct uplink *uplink, const struct vswitch *sw)
{
	for (uint16_t i = uplink->n_filters; i-- > 0;) {
		const struct uplink_filter *filter = &uplink->filter[i];
		const struct port *port = &sw->ports[filter->port];
		uint16_t vlan = port->used ? port->config.vlan : 0;
		uint64_t key = fdb_key(filter->mac.addr_bytes, vlan, vlan);

		if (!port->used || fdb_lookup(sw->fdb, key) != filter->port)
			remove_filter(uplink, i);
	}
}

void
uplink_accept_vlan(struct uplink *uplink, uint16_t tag)
{
	if (uplink->vmdq && (tag < UPLINK_TAG_BASE || tag >= UPLINK_TAG_BASE + uplink->maps))
		LOG(WARNING,
			"uplink %u: the NIC's VMDq maps hold VLANs %u to %u; VLAN %u may not pass "
			"it",
			uplink->port, UPLINK_TAG_BASE, UPLINK_TAG_BASE + uplink->maps - 1, tag);
}
