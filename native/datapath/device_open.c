#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_pci.h>

#include "device_bond.h"
#include "device_name.h"
#include "device_packet.h"
#include "device_probe.h"
#include "device_setup.h"
#include "device_thread.h"
#include "port.h"
#include "vswitch.h"

#include "../base/log.h"

static struct device *
create(const struct vswitch *sw, const char *name, bool per_guest)
{
	const size_t size = RTE_ALIGN_CEIL(sizeof(struct guest), 64);
	struct device *device = calloc(1, sizeof(*device));

	if (!device || !(device->none = aligned_alloc(64, size))) {
		free(device);
		return NULL;
	}
	memset(device->none, 0, size);
	snprintf(device->name, sizeof(device->name), "%s", name);
	device->wish = (struct device_wish){
		.per_guest = per_guest,
		.promiscuous = sw->promiscuous,
		.vlan_strip = sw->vlan_strip,
		.large = sw->mergeable,
		.loopback = per_guest && sw->vm2vm == VM2VM_HARDWARE,
		.checksums = sw->tx_csum,
		.n_mbufs = sw->n_mbufs,
	};
	return device;
}

static void
destroy(struct device *device)
{
	rte_mempool_free(device->pool);
	free(device->none);
	free(device);
}

struct opening {
	const struct vswitch *sw;
	const char *name;
	bool per_guest;
	char *problem; /* DEVICE_PROBLEM_MAX */
	struct device *device;
};

static void
close_device(void *context)
{
	struct device *device = context;
	int error = 0;

	if (device->started)
		error = rte_eth_dev_stop(device->port);
	if (!error)
		error = device_is_bond(device) ? device_bond_close(device)
					       : device_let_go(device->port);
	if (error)
		LOG(ERR, "device %s: cannot be closed: %s", device->name, rte_strerror(-error));
	if (device_name_has_memif(device->name))
		device_thread_sweep();
	destroy(device);
}

/* One of DPDK's. opening->device is NULL afterwards, if it is not open. */
static void
open_device(void *context)
{
	struct opening *opening = context;
	struct device *device = opening->device;
	char *problem = opening->problem;
	const char *what;
	int error;

	opening->device = NULL;
	if (bond_is_named(opening->name) ? !device_bond_open(device, opening->sw, problem)
					 : !device_probe(opening->sw, opening->name,
						   opening->per_guest, &device->port, problem)) {
		if (device_name_has_memif(opening->name))
			device_thread_sweep();
		destroy(device);
		return;
	}
	if (!device_own(device->port)) {
		snprintf(problem, DEVICE_PROBLEM_MAX, "it is another port's");
		destroy(device);
		return;
	}
	if (device_start(device, &what, &error)) {
		device_close_socket_to_others(opening->name);
		opening->device = device;
		return;
	}
	snprintf(problem, DEVICE_PROBLEM_MAX, "%s%s%s%s", what, error ? " (" : "",
		error ? rte_strerror(abs(error)) : "", error ? ")" : "");
	close_device(device);
}

struct device *
device_open(const struct vswitch *sw, const char *name, bool per_guest,
	char problem[DEVICE_PROBLEM_MAX])
{
	struct device *device = create(sw, name, per_guest);
	struct opening opening = {sw, name, per_guest, problem, device};
	char interface[INTERFACE_NAME_MAX + 1];

	if (!device) {
		snprintf(problem, DEVICE_PROBLEM_MAX, "no memory");
		return NULL;
	}
	if (!per_guest && device_name_is_packet(name, interface) &&
		!device_is_known(name, &device->port)) {
		if (device_name_is_good(name, problem) &&
			device_may_probe(sw, name, per_guest, problem) &&
			device_packet_open(device, sw, interface, problem))
			return device;
		device_packet_close(device);
		destroy(device);
		return NULL;
	}
	device_thread_do(name, open_device, &opening);
	return opening.device;
}

void
device_close(struct device *device)
{
	if (device->packet) {
		device_packet_close(device);
		destroy(device);
		return;
	}
	device_thread_do(device->name, close_device, device);
}

bool
device_must_redial(const struct device *device)
{
	if (device->hidden)
		return true;
	if (device->packet)
		return device_packet_is_lost(device);
	return device_name_dials(device->name) && !device_link_is_up(device);
}

/* One that is stopped, as its wish is now. An error, or 0. */
static int
start_again(struct device *device)
{
	int error = device->changed ? device_start_anew(device) : rte_eth_dev_start(device->port);

	if (!error) {
		device->started = true;
		device->changed = false;
	}
	return error;
}

struct restart {
	struct device *device;
	int error;
};

static void
restart(void *context)
{
	struct restart *restart = context;
	struct device *device = restart->device;

	restart->error = device->started ? rte_eth_dev_stop(device->port) : 0;
	if (restart->error)
		return;
	device->started = false;
	restart->error = start_again(device);
}

bool
device_redial(struct device *device)
{
	struct restart with = {.device = device};

	if (device->packet)
		return device_packet_retake(device);
	device_thread_do(device->name, restart, &with);
	if (with.error) {
		LOG(ERR, "device %s: cannot be started again: %s; trying again every second",
			device->name, rte_strerror(-with.error));
		return false;
	}
	return true;
}

void
device_hide(struct device *device, bool hidden)
{
	device->hidden = hidden;
}

static bool
is_pci(uint16_t port)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	struct rte_pci_addr address;

	return rte_eth_dev_get_name_by_port(port, name) == 0 &&
	       rte_pci_addr_parse(name, &address) == 0;
}

/* Of hardware that no interface of the kernel's stands for: who had that would want it back. */
static bool
may_rest(const struct device *device)
{
	if (device->packet)
		return false;
	if (device->n_bond_members == 0)
		return is_pci(device->port);
	for (uint16_t i = 0; i < device->n_bond_members; i++)
		if (!is_pci(device->bond_member[i]))
			return false;
	return true;
}

bool
device_rest(struct device *device)
{
	struct port_config none;
	int error;

	if (!may_rest(device))
		return false;
	port_config_init(&none);
	device_follow_vlans(device, &none);
	device_drop_filters(device);
	error = rte_eth_dev_stop(device->port);
	if (error)
		LOG(ERR, "device %s: cannot be stopped: %s", device->name, rte_strerror(-error));
	device->started = error != 0;
	return !error;
}

bool
device_wake(struct device *device)
{
	int error = device->packet || device->started ? 0 : start_again(device);

	if (error)
		LOG(ERR, "device %s: cannot be started again: %s", device->name,
			rte_strerror(-error));
	return !error;
}

void
devices_keep(struct vswitch *sw, struct device *device)
{
	device->next = sw->devices;
	sw->devices = device;
}

struct device *
devices_take(struct vswitch *sw, const char *name)
{
	for (struct device **at = &sw->devices; *at; at = &(*at)->next) {
		struct device *device = *at;

		if (strcmp(device->name, name) != 0)
			continue;
		*at = device->next;
		return device;
	}
	return NULL;
}

void
devices_close(struct vswitch *sw)
{
	while (sw->devices)
		device_close(devices_take(sw, sw->devices->name));
}
