#include <string.h>

#include "port.h"
#include "vswitch.h"

uint16_t
port_tag(const struct port *port)
{
	return port->config.vlan ? port->config.vlan : GUEST_TAG_BASE + port->id;
}

static bool
has_per_guest(const struct vswitch *sw)
{
	for (uint16_t i = 0; sw->n_device_ports && i < MAX_PORTS; i++)
		if (sw->ports[i].used && sw->ports[i].config.vlan_mode == VLAN_MODE_PER_GUEST)
			return true;
	return false;
}

/* At devices with a tag per guest. */
static bool
has_no_tag(const struct port *port)
{
	return port->config.device[0] || port->config.relay[0];
}

struct port *
port_of_tag(struct vswitch *sw, uint16_t id, uint16_t vlan)
{
	uint16_t tag = vlan ? vlan : GUEST_TAG_BASE + id;

	if (!has_per_guest(sw))
		return NULL;
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		struct port *port = &sw->ports[i];

		/* Ports of one VLAN share its tag: they are meant to hear each other. */
		if (port->used && !has_no_tag(port) && i != id && port_tag(port) == tag &&
			port->config.vlan != vlan)
			return port;
	}
	return NULL;
}

struct port *
port_of_ambiguous_tag(struct vswitch *sw)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++) {
		const struct port *port = &sw->ports[i];

		for (uint16_t j = 0;
			port->used && !port->config.relay[0] && !port->config.vlan && j < MAX_PORTS;
			j++)
			if (sw->ports[j].used && sw->ports[j].config.vlan == port_tag(port))
				return &sw->ports[i];
	}
	return NULL;
}

struct port *
port_by_name(struct vswitch *sw, const char *name)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used && !strcmp(sw->ports[i].config.name, name))
			return &sw->ports[i];
	return NULL;
}

struct port *
port_by_path(struct vswitch *sw, const char *path)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used && !strcmp(sw->ports[i].config.path, path))
			return &sw->ports[i];
	return NULL;
}

struct port *
port_by_interface(struct vswitch *sw, const char *interface)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used && !strcmp(sw->ports[i].config.interface, interface))
			return &sw->ports[i];
	return NULL;
}

struct port *
port_by_device(struct vswitch *sw, const char *device)
{
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (sw->ports[i].used && !strcmp(sw->ports[i].config.device, device))
			return &sw->ports[i];
	return NULL;
}

struct port *
port_like(struct vswitch *sw, const struct port_config *config)
{
	struct port *port = port_by_name(sw, config->name);

	if (port)
		return port;
	if (config->device[0])
		return port_by_device(sw, config->device);
	return config->interface[0] ? port_by_interface(sw, config->interface)
				    : port_by_path(sw, config->path);
}
