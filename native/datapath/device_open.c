#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "device_bond.h"
#include "device_name.h"
#include "device_packet.h"
#include "device_setup.h"
#include "vswitch.h"

#include "../base/log.h"

/* Each device is used once: by us, as DPDK's owner of it. */
static uint64_t us;

static bool
find(const char *name, uint16_t *port)
{
	char bare[BARE_NAME_MAX + 1];

	device_bare_name(name, bare);
	return rte_eth_dev_get_port_by_name(bare, port) == 0;
}

/* Ports that DPDK has, before and after: a driver may name its port as it likes. */
struct known {
	bool port[RTE_MAX_ETHPORTS];
};

static void
look(struct known *known)
{
	for (uint16_t i = 0; i < RTE_MAX_ETHPORTS; i++)
		known->port[i] = rte_eth_dev_is_valid_port(i);
}

static bool
is_full(const struct known *known)
{
	for (uint16_t i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (!known->port[i])
			return false;
	return true;
}

static int
find_new(const struct known *before)
{
	for (uint16_t i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (rte_eth_dev_is_valid_port(i) && !before->port[i])
			return i;
	return -1;
}

static bool
may_probe(const struct vswitch *sw, const char *name, bool per_guest,
	char problem[DEVICE_PROBLEM_MAX])
{
	if (!sw->running || !device_needs_rights(name))
		return true;
	snprintf(problem, DEVICE_PROBLEM_MAX,
		"it takes rights that a running switch has given up; give it to a switch that "
		"starts, with %s",
		per_guest ? "-p (vmlane switch start --uplink)" : "--device");
	return false;
}

/* A device that the EAL has, or gets now. */
static bool
find_or_probe(const struct vswitch *sw, const char *name, bool per_guest, uint16_t *port,
	char problem[DEVICE_PROBLEM_MAX])
{
	struct known before;
	bool is_there = find(name, port);
	int error, found;

	/* What the EAL has got may have a name without settings. */
	if (!is_there && !device_name_is_good(name, problem))
		return false;
	/* Also one that the EAL has found by itself: to start it takes them, too. */
	if (!may_probe(sw, name, per_guest, problem))
		return false;
	if (is_there)
		return true;
	look(&before);
	if (is_full(&before)) {
		snprintf(problem, DEVICE_PROBLEM_MAX,
			"this DPDK has %d devices at most, and all are in use; remove one, or "
			"build DPDK "
			"with a larger max_ethports",
			RTE_MAX_ETHPORTS);
		return false;
	}
	device_clear_socket(name);
	error = rte_dev_probe(name);
	found = find_new(&before);
	if (!error && found >= 0) {
		*port = (uint16_t)found;
		return true;
	}
	snprintf(problem, DEVICE_PROBLEM_MAX,
		"DPDK does not open it (%s): check the name and its settings, and that a NIC is "
		"bound to vfio-pci; see the lines above in the log",
		rte_strerror(error ? abs(error) : ENODEV));
	return false;
}

static bool
own(uint16_t port)
{
	struct rte_eth_dev_owner owner = {.name = "vhost-switch"};

	if (!us && rte_eth_dev_owner_new(&us))
		return false;
	owner.id = us;
	return rte_eth_dev_owner_get(port, &owner) == 0 && owner.id == RTE_ETH_DEV_NO_OWNER &&
	       (owner.id = us, rte_eth_dev_owner_set(port, &owner) == 0);
}

/* A NIC whose driver cannot let go of it stays the EAL's until the end. */
static int
let_go(uint16_t port)
{
	struct rte_eth_dev_info info = {0};
	int error;

	(void)rte_eth_dev_info_get(port, &info); /* without it, it is not removed below */
	(void)rte_eth_dev_owner_unset(port, us);
	error = rte_eth_dev_close(port);
	if (!error && info.device)
		(void)rte_dev_remove(info.device);
	return error;
}

/* Makes the bond that a name says, of members that nobody else has. */
static bool
open_bond(const struct vswitch *sw, struct device *device, char problem[DEVICE_PROBLEM_MAX])
{
	struct bond_wish wish;
	uint16_t member[BOND_MEMBERS], n = 0;

	if (!bond_parse(device->name, &wish, problem))
		return false;
	for (; n < wish.n; n++) {
		char why[DEVICE_PROBLEM_MAX];
		bool found = find_or_probe(sw, wish.member[n], false, &member[n], why);

		if (found && own(member[n]))
			continue;
		snprintf(problem, DEVICE_PROBLEM_MAX, "its member %.60s: %.200s", wish.member[n],
			found ? "it is another port's" : why);
		break;
	}
	if (n == wish.n && device_bond_make(device, &wish, member, problem))
		return true;
	device->n_bond_members = 0;
	while (n > 0)
		(void)let_go(member[--n]);
	return false;
}

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

struct device *
device_open(const struct vswitch *sw, const char *name, bool per_guest,
	char problem[DEVICE_PROBLEM_MAX])
{
	struct device *device = create(sw, name, per_guest);
	char interface[INTERFACE_NAME_MAX + 1];
	const char *what;
	int error;

	if (!device) {
		snprintf(problem, DEVICE_PROBLEM_MAX, "no memory");
		return NULL;
	}
	if (!per_guest && device_name_is_packet(name, interface) && !find(name, &device->port)) {
		if (device_name_is_good(name, problem) && may_probe(sw, name, per_guest, problem) &&
			device_packet_open(device, sw, interface, problem))
			return device;
		device_packet_close(device);
		destroy(device);
		return NULL;
	}
	if (bond_is_named(name) ? !open_bond(sw, device, problem)
				: !find_or_probe(sw, name, per_guest, &device->port, problem)) {
		destroy(device);
		return NULL;
	}
	if (!own(device->port)) {
		snprintf(problem, DEVICE_PROBLEM_MAX, "it is another port's");
		destroy(device);
		return NULL;
	}
	if (device_start(device, &what, &error)) {
		device_close_socket_to_others(name);
		return device;
	}
	snprintf(problem, DEVICE_PROBLEM_MAX, "%s%s%s%s", what, error ? " (" : "",
		error ? rte_strerror(abs(error)) : "", error ? ")" : "");
	device_close(device);
	return NULL;
}

void
device_close(struct device *device)
{
	int error = 0, left = 0;

	if (device->packet) {
		device_packet_close(device);
		destroy(device);
		return;
	}
	if (device->started)
		error = rte_eth_dev_stop(device->port);
	if (!error && device_is_bond(device)) {
		(void)rte_eth_dev_owner_unset(device->port, us);
		error = device_bond_free(device);
		for (uint16_t i = 0; !error && i < device->n_bond_members; i++)
			if (let_go(device->bond_member[i]))
				left++;
	} else if (!error) {
		error = let_go(device->port);
	}
	if (left)
		LOG(ERR, "device %s: %d of its members cannot be closed", device->name, left);
	if (error)
		LOG(ERR, "device %s: cannot be closed: %s", device->name, rte_strerror(-error));
	destroy(device);
}

bool
device_must_redial(const struct device *device)
{
	struct rte_eth_link link = {0};

	if (device->hidden)
		return true;
	if (device->packet)
		return device_packet_is_lost(device);
	return device_name_dials(device->name) &&
	       rte_eth_link_get_nowait(device->port, &link) == 0 && !link.link_status;
}

bool
device_redial(struct device *device)
{
	int error;

	if (device->packet)
		return device_packet_retake(device);
	error = device->started ? rte_eth_dev_stop(device->port) : 0;
	if (!error) {
		device->started = false;
		error = device->changed ? device_start_anew(device)
					: rte_eth_dev_start(device->port);
	}
	if (error) {
		LOG(ERR, "device %s: cannot be started again: %s; trying again every second",
			device->name, rte_strerror(-error));
		return false;
	}
	device->started = true;
	device->changed = false;
	return true;
}

void
device_hide(struct device *device, bool hidden)
{
	device->hidden = hidden;
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
