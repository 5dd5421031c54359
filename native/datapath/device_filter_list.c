#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "device_setup.h"

#include "../base/log.h"

int
device_filter_at(const struct device *device, const uint8_t mac[6])
{
	for (uint16_t i = 0; i < device->n_filters; i++)
		if (!memcmp(device->filter[i].mac.addr_bytes, mac, RTE_ETHER_ADDR_LEN))
			return i;
	return -1;
}

int
device_filter_add(struct device *device, uint16_t port, const uint8_t mac[6], uint32_t pool)
{
	struct device_filter *filter = &device->filter[device->n_filters];
	int error;

	if (device->n_filters == DEVICE_MAX_FILTERS)
		return -ENOSPC;
	*filter = (struct device_filter){.port = port};
	memcpy(filter->mac.addr_bytes, mac, RTE_ETHER_ADDR_LEN);
	error = rte_eth_dev_mac_addr_add(device->port, &filter->mac, pool);
	if (!error)
		device->n_filters++;
	return error;
}

void
device_filter_remove(struct device *device, uint16_t at)
{
	int error = rte_eth_dev_mac_addr_remove(device->port, &device->filter[at].mac);

	if (error)
		LOG(WARNING, "device %s: a filter stays: %s", device->name, rte_strerror(-error));
	device->filter[at] = device->filter[--device->n_filters];
}
