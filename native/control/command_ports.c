#include <stdio.h>
#include <string.h>

#include <rte_ethdev.h>

#include "check.h"
#include "command_ports.h"
#include "options.h"
#include "state.h"

#include "../datapath/vswitch.h"

/* Name of the port that -p gives. */
#define UPLINK "uplink"

/* A port of the command line is named after its file. */
static bool
add_socket(struct vswitch *sw, const char *path, enum listener listener)
{
	const char *name = strrchr(path, '/') + 1;
	struct port_config config;
	struct port *port;

	if (!check_port_name(name)) {
		fprintf(stderr,
			"vhost-switch: --socket-file %s: '%s' cannot name a port; "
			"use " PORT_NAME_WANT "\n",
			path, name);
		return false;
	}
	port_config_init(&config);
	config.listener = listener;
	strcpy(config.name, name); /* both checked to fit */
	strcpy(config.path, path);
	switch (port_add(sw, &config, PORT_ANY, &port)) {
	case PORT_ADDED:
	case PORT_SAME:
		return true;
	case PORT_CONFLICT:
		/* The state file has its later settings. */
		if (!strcmp(port->config.name, name) && !strcmp(port->config.path, path) &&
			port->config.listener == listener)
			return true;
		fprintf(stderr,
			"vhost-switch: --socket-file %s: port %s has %s with other settings; give "
			"each port "
			"a name of its own or remove it from the state file\n",
			path, port->config.name, port->config.path);
		return false;
	default:
		fprintf(stderr,
			"vhost-switch: --socket-file %s: cannot be opened; check its folder and "
			"that nothing "
			"else is there\n",
			path);
		return false;
	}
}

/* The device of NAME=DEVICE, which has been checked. */
static const char *
device_of(const char *named)
{
	return strchr(named, '=') + 1;
}

/* The device of -p, which the EAL has. False: there is none. */
static bool
find_uplink(const struct options *options, char name[RTE_ETH_NAME_MAX_LEN])
{
	return rte_eth_dev_get_name_by_port(__builtin_ctzll(options->port_mask), name) == 0;
}

bool
command_needs_drivers(const struct options *options)
{
	for (size_t i = 0; i < options->n_devices; i++)
		if (device_needs_drivers(device_of(options->devices[i])))
			return true;
	return options->port_mask;
}

static bool
open_device(struct vswitch *sw, const char *name, bool per_guest)
{
	char problem[DEVICE_PROBLEM_MAX];
	struct device *device = device_open(sw, name, per_guest, problem);

	if (!device) {
		fprintf(stderr, "vhost-switch: device %s: %s\n", name, problem);
		return false;
	}
	sw->finishes |= device_leaves_out(device);
	devices_keep(sw, device);
	return true;
}

bool
command_devices_open(struct vswitch *sw, const struct options *options)
{
	char name[RTE_ETH_NAME_MAX_LEN];

	for (size_t i = 0; i < options->n_devices; i++) {
		const char *device = device_of(options->devices[i]);

		if (device_needs_rights(device) && !open_device(sw, device, false))
			return false;
	}
	if (!options->port_mask)
		return true;
	if (find_uplink(options, name))
		return open_device(sw, name, true);
	fprintf(stderr, "vhost-switch: -p names a DPDK port that is not there; bind a NIC to "
			"vfio-pci or give the EAL a --vdev\n");
	return false;
}

/* The state file may have its later settings. */
static bool
add_device(struct vswitch *sw, const char *name, const char *device, enum vlan_mode mode)
{
	struct port *port = port_by_device(sw, device);
	struct port_config config;
	enum port_result result;

	if (port && !strcmp(port->config.name, name))
		return true;
	port_config_init(&config);
	snprintf(config.name, sizeof(config.name), "%s", name);
	snprintf(config.device, sizeof(config.device), "%s", device);
	config.vlan_mode = mode;
	config.address_limit = ADDRESS_LIMIT_MAX;
	(void)port_is_static(name, config.relay);
	result = port_add(sw, &config, PORT_ANY, &port);
	if (result == PORT_NO_DEVICE)
		fprintf(stderr, "vhost-switch: device %s: %s\n", device, port->device_problem);
	else if (result != PORT_ADDED)
		fprintf(stderr,
			"vhost-switch: device %s: port %s has its name, its device or its tags; "
			"remove that from the state file, or give another name\n",
			name, port ? port->config.name : "of another kind");
	return result == PORT_ADDED;
}

static bool
add_devices(struct vswitch *sw, const struct options *options, bool of_static_relays)
{
	char name[PORT_NAME_MAX + 1];

	for (size_t i = 0; i < options->n_devices; i++) {
		const char *named = options->devices[i], *device = device_of(named);

		snprintf(name, sizeof(name), "%.*s", (int)(device - 1 - named), named);
		if (port_is_static(name, NULL) == of_static_relays &&
			!add_device(sw, name, device, VLAN_MODE_ACCESS))
			return false;
	}
	return true;
}

static bool
add_uplink(struct vswitch *sw, const struct options *options)
{
	char uplink[RTE_ETH_NAME_MAX_LEN];

	return !options->port_mask || (find_uplink(options, uplink) &&
					      add_device(sw, UPLINK, uplink, VLAN_MODE_PER_GUEST));
}

bool
command_ports_add(struct vswitch *sw, const struct options *options)
{
	if (options->state_file && !(sw->state = state_open(options->state_file)))
		return false;
	/* The state file's are refused where they are in the way of static relays. */
	if (!add_devices(sw, options, true) || !state_load(sw) ||
		!add_devices(sw, options, false) || !add_uplink(sw, options))
		return false;
	for (size_t i = 0; i < options->n_sockets; i++)
		if (!add_socket(sw, options->sockets[i],
			    options->client ? LISTENER_QEMU : LISTENER_SWITCH))
			return false;
	return state_save(sw);
}
