#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_ethdev.h>

#include "device_reach.h"
#include "device_setup.h"
#include "vswitch.h"

#include "../base/log.h"

/* Whether the kernel has this link of a function of PCI's. */
static bool
has_link(uint16_t port, const char *link)
{
	char name[RTE_ETH_NAME_MAX_LEN], path[RTE_ETH_NAME_MAX_LEN + 64];

	if (rte_eth_dev_get_name_by_port(port, name) < 0 || strchr(name, '/'))
		return false;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", name, link);
	return access(path, F_OK) == 0;
}

static bool
is_vf(uint16_t port)
{
	return has_link(port, "physfn");
}

uint16_t
device_count_vfs(const struct device *device, const struct rte_eth_dev_info *info)
{
	char link[16];
	uint16_t n = 0;

	do
		snprintf(link, sizeof(link), "virtfn%u", n);
	while (has_link(device->port, link) && n++ < UINT16_MAX - 1);
	return RTE_MAX(n, info->max_vfs);
}

/* The PF's own pool, behind those of its VFs; drivers with VSIs in place of pools count theirs
 * apart. */
static uint32_t
own_pool(const struct device *device, const struct rte_eth_dev_info *info)
{
	bool pools =
		!strcmp(device->driver, "net_e1000_igb") || !strcmp(device->driver, "net_ixgbe");

	return pools ? device_count_vfs(device, info) : 0;
}

bool
device_is_vf(const struct device *device)
{
	bool any = is_vf(device->port);

	for (uint16_t i = 0; i < device->n_bond_members; i++)
		any |= is_vf(device->bond_member[i]);
	return any;
}

void
device_reach_plan(struct device *device, const struct rte_eth_dev_info *info)
{
	device->reaches = device_count_vfs(device, info) > 0 || device_is_vf(device);
	device->reach_pool = own_pool(device, info);
	device->reach_room = DEVICE_MAX_FILTERS;
	device->reach_budget = REACH_CHANGES;
}

static uint16_t
count_of(const struct device *device, uint16_t port)
{
	uint16_t n = 0;

	for (uint16_t i = 0; i < device->n_filters; i++)
		n += device->filter[i].port == port;
	return n;
}

static bool
is_fixed(const struct vswitch *sw, const struct device_filter *filter)
{
	const struct port_config *config = &sw->ports[filter->port].config;

	return config->has_mac && !memcmp(config->mac, filter->mac.addr_bytes, RTE_ETHER_ADDR_LEN);
}

/* Which one gives way to another of this port's; -1: none. */
static int
find_victim(const struct device *device, const struct vswitch *sw, uint16_t port)
{
	uint16_t most = count_of(device, port) + 1;
	int victim = -1;

	for (uint16_t i = 0; i < device->n_filters; i++) {
		uint16_t n = count_of(device, device->filter[i].port);

		if (n > most && !is_fixed(sw, &device->filter[i])) {
			most = n;
			victim = i;
		}
	}
	return victim;
}

/* Once, until all that is wanted has fitted in. */
static void
say_full(struct device *device, const char *why)
{
	device->reach_missed++;
	if (device->filters_full)
		return;
	device->filters_full = true;
	LOG(WARNING,
		"device %s: the card takes no more than %u addresses (%s); its other functions "
		"reach what is behind the rest by broadcast only",
		device->name, device->n_filters, why);
}

/* A guest may offer addresses without end: that they lose is found out once a second and port. */
static int
find_victim_once(struct device *device, const struct vswitch *sw, uint16_t port)
{
	uint64_t *refused = &device->reach_refused[port / 64], bit = UINT64_C(1) << port % 64;
	int victim;

	if (*refused & bit)
		return -1;
	victim = find_victim(device, sw, port);
	if (victim < 0)
		*refused |= bit;
	return victim;
}

static bool
make_room(struct device *device, const struct vswitch *sw, uint16_t port)
{
	int victim;

	if (device->n_filters < device->reach_room)
		return true;
	victim = device->reach_budget < 2 ? -1 : find_victim_once(device, sw, port);
	if (victim < 0) {
		device->reach_late |= device->reach_budget < 2;
		say_full(device, "they are all taken");
		return false;
	}
	device->reach_budget--;
	device_filter_remove(device, (uint16_t)victim);
	device->reach_missed++;
	return true;
}

void
device_reach(struct device *device, const struct vswitch *sw, uint16_t port, const uint8_t mac[6])
{
	int present, error;

	if (!device->reaches || device->reach_room == 0)
		return;
	present = device_filter_at(device, mac);
	if (present >= 0) { /* the device is the same, whichever port it is for */
		device->filter[present].port = port;
		return;
	}
	if (device->reach_budget == 0) {
		device->reach_late = true;
		return;
	}
	if (!make_room(device, sw, port))
		return;
	device->reach_budget--;
	error = device_filter_add(device, port, mac, device->reach_pool);
	if (!error)
		return;
	device->reach_room = device->n_filters;
	/* A PF that did not answer, say, may the next time. */
	device->reach_retry = error != -ENOSPC && error != -ENOTSUP;
	say_full(device, rte_strerror(-error));
}

void
device_reach_refresh(struct device *device, struct vswitch *sw, uint16_t removed)
{
	/* Forwarding does not tell of addresses behind devices (news.h): they are looked for. */
	bool again = device->reach_late || device->reach_retry ||
		     (removed > 0 && device->filters_full) || sw->n_device_ports > 1;
	bool fits = device->reach_missed == device->reach_missed_before;

	if (!device->reaches)
		return;
	if (device->reach_retry)
		device->reach_room = DEVICE_MAX_FILTERS;
	device->reach_retry = false;
	device->reach_missed_before = device->reach_missed;
	device->reach_budget = REACH_CHANGES - RTE_MIN(removed, (uint16_t)(REACH_CHANGES - 1));
	device->reach_late = false;
	memset(device->reach_refused, 0, sizeof(device->reach_refused));
	if (!again)
		return;
	/* Else there would be a line each second. */
	if (fits || removed > 0)
		device->filters_full = device->reach_room == 0;
	/* The control thread then looks at the whole table. */
	__atomic_store_n(&sw->news_lost, true, __ATOMIC_RELEASE);
}
