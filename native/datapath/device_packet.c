#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "device_packet.h"
#include "vswitch.h"

#include "../base/log.h"

static bool
take(struct device *device)
{
	const struct host_wish wish = {
		.interface = device->interface,
		.packet = device->packet,
	};

	if (!packet_socket_bind(device->packet, device->interface))
		return false;
	device->host = host_port_open(&wish);
	return device->host;
}

/* What it counted stays the device's. */
static void
leave(struct device *device)
{
	struct host_counts last;

	if (!device->host)
		return;
	host_port_close(device->host, &last);
	device->host = NULL;
	host_counts_add(&device->earlier, &last);
}

static void
say(char problem[DEVICE_PROBLEM_MAX], const char *interface)
{
	int error = errno;

	switch (error) {
	case EPERM:
	case EACCES:
		snprintf(problem, DEVICE_PROBLEM_MAX,
			"packet sockets take a right (CAP_NET_RAW); start the switch as root");
		break;
	case ENODEV:
		snprintf(problem, DEVICE_PROBLEM_MAX,
			"the host has no interface '%s'; 'ip link' shows those that there are",
			interface);
		break;
	case EINVAL:
		snprintf(problem, DEVICE_PROBLEM_MAX, "%s is no Ethernet interface; give another",
			interface);
		break;
	default:
		snprintf(problem, DEVICE_PROBLEM_MAX,
			"%s: %s; see that the kernel has packet sockets", interface,
			strerror(error));
	}
}

static bool
has(const struct device *device, const char *interface)
{
	return device && device->packet && !strcmp(device->interface, interface);
}

/* Whether another device is the same interface: each would send what the other has received. */
static bool
is_taken(const struct vswitch *sw, const char *interface)
{
	for (const struct device *kept = sw->devices; kept; kept = kept->next)
		if (has(kept, interface))
			return true;
	for (uint16_t i = 0; i < MAX_PORTS; i++)
		if (has(sw->ports[i].device, interface))
			return true;
	return false;
}

bool
device_packet_open(struct device *device, const struct vswitch *sw, const char *interface,
	char problem[DEVICE_PROBLEM_MAX])
{
	snprintf(device->interface, sizeof(device->interface), "%s", interface);
	snprintf(device->driver, sizeof(device->driver), "packet_socket");
	snprintf(device->why, sizeof(device->why), "VLANs are told apart in software");
	device->leaves_out = true;
	if (is_taken(sw, interface)) {
		snprintf(problem, DEVICE_PROBLEM_MAX,
			"interface %s is another device's; give each an interface of its own",
			interface);
		return false;
	}
	device->packet = packet_socket_open();
	if (device->packet && take(device)) {
		LOG(INFO, "device %s: interface %s, by a packet socket", device->name, interface);
		return true;
	}
	say(problem, interface);
	return false;
}

void
device_packet_close(struct device *device)
{
	leave(device);
	if (device->packet)
		packet_socket_close(device->packet);
}

bool
device_packet_is_lost(const struct device *device)
{
	return !device->host || host_port_is_lost(device->host);
}

bool
device_packet_retake(struct device *device)
{
	if (device->host)
		LOG(INFO, "device %s: interface %s is gone", device->name, device->interface);
	leave(device);
	if (take(device)) {
		LOG(INFO, "device %s: interface %s is there again", device->name,
			device->interface);
		device->told = 0;
		return true;
	}
	if (errno != device->told)
		LOG(ERR, "device %s: interface %s: %s; trying again every second", device->name,
			device->interface, strerror(errno));
	device->told = errno;
	return false;
}

bool
device_has_rings(const struct device *device)
{
	return device->packet;
}

bool
device_is_there(const struct device *device)
{
	return !device->packet || !device->hidden;
}

void
device_count(const struct device *device, struct host_counts *counts)
{
	*counts = device->earlier;
	if (device->host) {
		struct host_counts now;

		host_port_count(device->host, &now);
		host_counts_add(counts, &now);
	}
}
