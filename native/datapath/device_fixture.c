/*
 * Stand-in for devices, in tests and fuzz targets that have none: none can be opened.
 */
#include <stdio.h>
#include <stdlib.h>

#include "device.h"

struct device *
device_open(const struct vswitch *sw, const char *name, bool per_guest,
	char problem[DEVICE_PROBLEM_MAX])
{
	(void)sw;
	(void)per_guest;
	snprintf(problem, DEVICE_PROBLEM_MAX, "%s is not there", name);
	return NULL;
}

struct device *
devices_take(struct vswitch *sw, const char *name)
{
	(void)sw;
	(void)name;
	return NULL;
}

void
devices_keep(struct vswitch *sw, struct device *device)
{
	(void)sw;
	(void)device;
	abort();
}

bool
device_rest(struct device *device)
{
	(void)device;
	abort();
}

bool
device_wake(struct device *device)
{
	(void)device;
	abort();
}

void
devices_close(struct vswitch *sw)
{
	(void)sw;
}

void
device_close(struct device *device)
{
	(void)device;
	abort();
}

bool
device_is_per_guest(const struct device *device)
{
	(void)device;
	abort();
}

uint16_t
device_rx_queues(const struct device *device)
{
	(void)device;
	abort();
}

bool
device_has_rings(const struct device *device)
{
	(void)device;
	abort();
}

bool
device_is_there(const struct device *device)
{
	(void)device;
	abort();
}

void
device_count(const struct device *device, struct host_counts *counts)
{
	(void)device;
	(void)counts;
	abort();
}

bool
device_leaves_out(const struct device *device)
{
	(void)device;
	abort();
}

int
device_node(const struct device *device)
{
	(void)device;
	abort();
}

struct guest *
device_guest(struct device *device)
{
	(void)device;
	abort();
}

bool
device_link_is_up(const struct device *device)
{
	(void)device;
	abort();
}

bool
device_must_redial(const struct device *device)
{
	(void)device;
	abort();
}

bool
device_redial(struct device *device)
{
	(void)device;
	abort();
}

void
device_hide(struct device *device, bool hidden)
{
	(void)device;
	(void)hidden;
	abort();
}

void
device_refresh(struct device *device, struct vswitch *sw)
{
	(void)device;
	(void)sw;
	abort();
}

void
device_follow_vlans(struct device *device, const struct port_config *config)
{
	(void)device;
	(void)config;
	abort();
}

void
devices_sort(struct vswitch *sw, const struct port *port)
{
	(void)sw;
	(void)port;
}
