#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include "device_setup.h"
#include "vswitch.h"

#include "../base/log.h"
#include "../vhost/unix_socket.h"

/* Each device is used once: by us, as DPDK's owner of it. */
static uint64_t us;

/* The part of a name that names the device: what is before its settings. */
static void
bare_name(const char *name, char bare[DEVICE_NAME_MAX + 8])
{
	int length = (int)strcspn(name, ",");
	bool short_address = length == 7 && isxdigit(name[0]) && name[2] == ':' && name[5] == '.';

	snprintf(bare, DEVICE_NAME_MAX + 8, "%s%.*s", short_address ? "0000:" : "", length, name);
}

static bool
find(const char *name, uint16_t *port)
{
	char bare[DEVICE_NAME_MAX + 8];

	bare_name(name, bare);
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

static int
find_new(const struct known *before)
{
	for (uint16_t i = 0; i < RTE_MAX_ETHPORTS; i++)
		if (rte_eth_dev_is_valid_port(i) && !before->port[i])
			return i;
	return -1;
}

static bool
is_interface(const char *name)
{
	char path[DEVICE_NAME_MAX + 32];

	snprintf(path, sizeof(path), "/sys/class/net/%s", name);
	return !strchr(name, '/') && access(path, F_OK) == 0;
}

/*
 * Drivers that ask the kernel for nothing that a running switch may not do any more, nor wait for
 * anybody: others would end it, or hold up all commands.
 */
static bool
needs_rights(const char *name)
{
	static const char *const drivers[] = {"net_memif", "net_null", "net_pcap", "net_ring"};

	for (size_t i = 0; i < RTE_DIM(drivers); i++) {
		size_t length = strlen(drivers[i]);

		if (!strncmp(name, drivers[i], length) && isdigit((unsigned char)name[length]))
			/* A capture of an interface, and not of a file. */
			return strstr(name, "iface=");
	}
	return true;
}

/* A memif's socket outlives a switch that was killed, and its driver does not replace it. */
static void
clear_stale_socket(const char *name)
{
	const char *socket = strstr(name, ",socket=/");
	char path[DEVICE_NAME_MAX + 1];

	if (strncmp(name, "net_memif", 9) != 0 || !strstr(name, ",role=server") ||
		!strstr(name, ",socket-abstract=no") || !socket)
		return;
	socket = strchr(socket, '/');
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(socket, ","), socket);
	(void)unix_socket_clear(path); /* else the driver says what is there */
}

/* A device that the EAL has, or gets now. */
static bool
find_or_probe(const struct device_wish *wish, uint16_t *port, char problem[DEVICE_PROBLEM_MAX])
{
	const char *name = wish->name;
	struct known before;
	int error, found;

	if (find(name, port))
		return true;
	if (is_interface(name)) {
		snprintf(problem, DEVICE_PROBLEM_MAX,
			"an interface of the host is no device of DPDK; give "
			"net_af_xdp0,iface=%.15s or net_af_packet0,iface=%.15s, or bind the NIC to "
			"vfio-pci and give its PCI address",
			name, name);
		return false;
	}
	if (wish->running && needs_rights(name)) {
		snprintf(problem, DEVICE_PROBLEM_MAX,
			"it takes rights that a running switch has given up; give it to a switch "
			"that starts, with --device");
		return false;
	}
	clear_stale_socket(name);
	look(&before);
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

static struct device *
create(const struct device_wish *wish)
{
	const size_t size = RTE_ALIGN_CEIL(sizeof(struct guest), 64);
	struct device *device = calloc(1, sizeof(*device));

	if (!device || !(device->none = aligned_alloc(64, size))) {
		free(device);
		return NULL;
	}
	memset(device->none, 0, size);
	snprintf(device->name, sizeof(device->name), "%s", wish->name);
	device->wish = *wish;
	device->wish.name = device->name;
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
device_open(const struct device_wish *wish, char problem[DEVICE_PROBLEM_MAX])
{
	struct device *device = create(wish);
	const char *what;
	int error;

	if (!device) {
		snprintf(problem, DEVICE_PROBLEM_MAX, "no memory");
		return NULL;
	}
	if (!find_or_probe(wish, &device->port, problem)) {
		destroy(device);
		return NULL;
	}
	if (!own(device->port)) {
		snprintf(problem, DEVICE_PROBLEM_MAX, "it is another port's");
		destroy(device);
		return NULL;
	}
	if (device_start(device, &what, &error))
		return device;
	snprintf(problem, DEVICE_PROBLEM_MAX, "%s%s%s%s", what, error ? " (" : "",
		error ? rte_strerror(abs(error)) : "", error ? ")" : "");
	device_close(device);
	return NULL;
}

void
device_close(struct device *device)
{
	struct rte_eth_dev_info info = {0};
	int error = 0;

	(void)rte_eth_dev_info_get(device->port, &info); /* without it, it is not removed below */
	if (device->started)
		error = rte_eth_dev_stop(device->port);
	(void)rte_eth_dev_owner_unset(device->port, us);
	if (!error)
		error = rte_eth_dev_close(device->port);
	/* A NIC whose driver cannot let go of it stays the EAL's until the end. */
	if (!error && info.device)
		(void)rte_dev_remove(info.device);
	if (error)
		LOG(ERR, "device %s: cannot be closed: %s", device->name, rte_strerror(-error));
	destroy(device);
}

bool
device_must_redial(const struct device *device)
{
	struct rte_eth_link link = {0};

	return !strcmp(device->driver, "net_memif") && !strstr(device->name, ",role=server") &&
	       rte_eth_link_get_nowait(device->port, &link) == 0 && !link.link_status;
}

void
device_redial(struct device *device)
{
	int error = rte_eth_dev_stop(device->port);

	if (!error)
		error = rte_eth_dev_start(device->port);
	if (error)
		LOG(ERR, "device %s: cannot dial again: %s; remove the port and add it anew",
			device->name, rte_strerror(-error));
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
