/*
 * Devices in answers.
 */
#ifndef DEVICE_JSON_H
#define DEVICE_JSON_H

#include <jansson.h>

struct device;
struct port;
struct vswitch;

/* A NUMA node's number; NULL for -1. */
static inline json_t *
describe_node(int node)
{
	return node < 0 ? NULL : json_integer(node);
}

/* Its description and counters, for switch.info and stats.get; a new reference. port: its name. */
json_t *
device_describe(struct device *device, const char *port);

json_t *
device_nic_counters(struct device *device);

/* The first device with a tag per guest, which was once the only one; NULL: none. */
struct port *
device_per_guest(struct vswitch *sw);

#endif
