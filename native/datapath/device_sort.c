#include <stdio.h>

#include "device_setup.h"
#include "port_guest.h"
#include "vswitch.h"

#include "../base/log.h"

/*
 * Maps with ports' own VLANs would be no better: each new VLAN would take the link down, and a
 * trunk has more than there is room for.
 */
static void
sort_here(struct vswitch *sw, struct device *device, const struct port *port, uint16_t vlan)
{
	snprintf(device->why, sizeof(device->why),
		"the NIC's VMDq maps have no VLAN %u for port %s", vlan, port->config.name);
	LOG(WARNING, "device %s: %s; its frames are sorted in software until the switch restarts",
		device->name, device->why);
	device_drop_filters(device);
	device->wish.software = true;
	device->changed = true;
	port_guest_redial(sw, device);
}

static void
check(struct vswitch *sw, struct device *device, const struct port *port)
{
	struct vlan_set vlans;
	uint16_t vlan;

	port_vlans(&port->config, port->id, &vlans);
	vlan = vmdq_unmapped(&device->vmdq, port->id, &vlans);
	if (!vlan)
		return;
	if (device->wish.loopback)
		LOG(WARNING,
			"device %s: the NIC's VMDq maps have no VLAN %u for port %s, so its frames "
			"may not pass; --vm2vm 2 needs them, --vm2vm 1 does not",
			device->name, vlan, port->config.name);
	else
		sort_here(sw, device, port, vlan);
}

/* Whether a NIC sorts now. */
static bool
sorts(const struct port *port)
{
	return port->used && port->device && port->device->has_vmdq && !port->device->wish.software;
}

void
devices_sort(struct vswitch *sw, const struct port *port)
{
	for (uint16_t i = 0; sw->n_device_ports && i < MAX_PORTS; i++) {
		const struct port *other = &sw->ports[i];

		if (!other->used)
			continue;
		if (sorts(other))
			check(sw, other->device, port);
		if (other != port && sorts(port))
			check(sw, port->device, other);
	}
}
