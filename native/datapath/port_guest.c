#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device.h"
#include "port_guest.h"
#include "vswitch.h"

#include "../base/log.h"
#include "../host/host_port.h"
#include "../vhost/guest_folder.h"

struct guest *
port_guest(const struct port *port)
{
	if (port->device)
		return device_guest(port->device);
	return port->host ? host_port_guest(port->host) : port->vhost.guest;
}

bool
port_guest_is_up(const struct port *port)
{
	if (port->device)
		return device_is_there(port->device);
	return port->host || port->vhost.up;
}

void
port_guest_link(struct port *port)
{
	port->vhost.held = port->link_down;
	if (port->host && !host_port_set_carrier(port->host, !port->link_down))
		LOG(ERR, "port %s: the carrier of interface %s: %s; it stays as it is",
			port->config.name, port->config.interface, strerror(errno));
}

static void
take_interface(struct vswitch *sw, struct port *port)
{
	const struct host_wish wish = {
		.interface = port->config.interface,
		.max_frame = sw->max_frame,
		.tx_csum = sw->tx_csum,
		.tso = sw->tso,
	};
	struct host_port *host = host_port_open(&wish);

	port->interface_error = host ? 0 : errno;
	if (!host)
		return;
	pthread_mutex_lock(&sw->lock);
	port->host = host;
	topology_publish(sw);
	pthread_mutex_unlock(&sw->lock);
	port_guest_link(port);
	LOG(INFO, "port %s: interface %s is up", port->config.name, port->config.interface);
}

static void
add_drops(struct counters *sum, const struct host_counts *counts)
{
	counter_add(&sum->drops[DROP_INTERFACE_DOWN], counts->of[HOST_DOWN]);
	counter_add(&sum->drops[DROP_TOO_LONG], counts->of[HOST_TOO_LONG]);
	counter_add(&sum->drops[DROP_BAD_OFFLOAD], counts->of[HOST_UNSAID]);
}

void
port_guest_count(const struct port *port, struct counters *sum)
{
	struct host_counts counts = {0};

	if (port->host)
		host_port_count(port->host, &counts);
	else if (port->device)
		device_count(port->device, &counts);
	add_drops(sum, &counts);
}

static void
leave_interface(struct vswitch *sw, struct port *port)
{
	struct host_port *host = port->host;
	struct host_counts last;

	if (!host)
		return;
	pthread_mutex_lock(&sw->lock);
	port->host = NULL;
	topology_publish(sw);
	pthread_mutex_unlock(&sw->lock);
	/* What it counted stays the port's. */
	host_port_close(host, &last);
	add_drops(&port->refused, &last);
}

static void
set_device(struct vswitch *sw, struct port *port, struct device *device)
{
	pthread_mutex_lock(&sw->lock);
	port->device = device;
	sw->n_device_ports += device ? 1 : -1;
	topology_publish(sw);
	pthread_mutex_unlock(&sw->lock);
}

/*
 * The device of a port: opened when the switch started, or now. False: port->device_problem says
 * why.
 */
static bool
take_device(struct vswitch *sw, struct port *port)
{
	const struct port_config *config = &port->config;
	bool per_guest = config->vlan_mode == VLAN_MODE_PER_GUEST;
	struct device *device = devices_take(sw, config->device);

	if (device && device_is_per_guest(device) != per_guest) {
		devices_keep(sw, device);
		snprintf(port->device_problem, sizeof(port->device_problem),
			"it was opened %s a tag per guest (-p); give it as it was, or restart the "
			"switch without it in its state file",
			per_guest ? "without" : "with");
		return false;
	}
	if (device && !device_wake(device)) {
		devices_keep(sw, device);
		snprintf(port->device_problem, sizeof(port->device_problem),
			"it does not start again; its log line says why");
		return false;
	}
	if (!device)
		device = device_open(sw, config->device, per_guest, port->device_problem);
	if (!device)
		return false;
	set_device(sw, port, device);
	return true;
}

static void
leave_device(struct vswitch *sw, struct port *port)
{
	struct device *device = port->device;

	if (!device)
		return;
	set_device(sw, port, NULL);
	/* Closed, it could be opened again only by a switch that starts. */
	if (device_rest(device))
		devices_keep(sw, device);
	else
		device_close(device);
}

/* Hides a device from lcores, or shows it to them again. */
static void
hide_device(struct vswitch *sw, struct device *device, bool hidden)
{
	pthread_mutex_lock(&sw->lock);
	device_hide(device, hidden);
	topology_publish(sw);
	pthread_mutex_unlock(&sw->lock);
}

void
port_guest_redial(struct vswitch *sw, struct device *device)
{
	hide_device(sw, device, true);
	if (device_redial(device))
		hide_device(sw, device, false);
}

static void
refresh_device(struct vswitch *sw, struct device *device)
{
	if (device_must_redial(device))
		port_guest_redial(sw, device);
	device_refresh(device, sw);
}

bool
port_guest_open(struct vswitch *sw, struct port *port)
{
	if (port->config.device[0])
		return take_device(sw, port);
	port->interface_error = port->interface_told = 0;
	if (!port->config.interface[0])
		return vhost_open(&port->vhost);
	take_interface(sw, port);
	return true;
}

void
port_guest_close(struct vswitch *sw, struct port *port)
{
	if (port->config.device[0]) {
		leave_device(sw, port);
		return;
	}
	if (port->config.interface[0]) {
		leave_interface(sw, port);
		return;
	}
	vhost_close(&port->vhost);
	guest_folder_remove(port->config.path);
}

void
port_guest_refresh(struct vswitch *sw, struct port *port)
{
	if (port->device)
		refresh_device(sw, port->device);
	if (!port->config.interface[0])
		return;
	if (port->host && host_port_is_lost(port->host)) {
		LOG(INFO, "port %s: interface %s is gone", port->config.name,
			port->config.interface);
		leave_interface(sw, port);
	}
	if (port->host)
		return;
	take_interface(sw, port);
	if (port->interface_error && port->interface_error != port->interface_told)
		LOG(ERR, "port %s: interface %s: %s; trying again every second", port->config.name,
			port->config.interface, strerror(port->interface_error));
	port->interface_told = port->interface_error;
}
