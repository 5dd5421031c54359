#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "device_name.h"
#include "device_probe.h"
#include "vswitch.h"

static uint64_t us;

bool
device_is_known(const char *name, uint16_t *port)
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

bool
device_may_probe(const struct vswitch *sw, const char *name, bool per_guest,
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

bool
device_probe(const struct vswitch *sw, const char *name, bool per_guest, uint16_t *port,
	char problem[DEVICE_PROBLEM_MAX])
{
	struct known before;
	bool is_there = device_is_known(name, port);
	int error, found;

	/* What the EAL has got may have a name without settings. */
	if (!is_there && !device_name_is_good(name, problem))
		return false;
	/* Also one that the EAL has found by itself: to start it takes them, too. */
	if (!device_may_probe(sw, name, per_guest, problem))
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

bool
device_own(uint16_t port)
{
	struct rte_eth_dev_owner owner = {.name = "vhost-switch"};

	if (!us && rte_eth_dev_owner_new(&us))
		return false;
	owner.id = us;
	return rte_eth_dev_owner_get(port, &owner) == 0 && owner.id == RTE_ETH_DEV_NO_OWNER &&
	       (owner.id = us, rte_eth_dev_owner_set(port, &owner) == 0);
}

void
device_disown(uint16_t port)
{
	(void)rte_eth_dev_owner_unset(port, us);
}

/* A NIC whose driver cannot let go of it stays the EAL's until the end. */
int
device_let_go(uint16_t port)
{
	struct rte_eth_dev_info info = {0};
	bool is_known = rte_eth_dev_info_get(port, &info) == 0;
	int error;

	device_disown(port);
	error = rte_eth_dev_close(port);
	if (!error && is_known && info.device)
		(void)rte_dev_remove(info.device);
	return error;
}
