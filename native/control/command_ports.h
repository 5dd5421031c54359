/*
 * Ports that the command line names: sockets, and devices.
 *
 * Threads: the main thread, before lcores forward.
 */
#ifndef COMMAND_PORTS_H
#define COMMAND_PORTS_H

#include <stdbool.h>

struct options;
struct vswitch;

/* Whether one is a device that takes rights: see device_needs_rights(). */
bool
command_needs_drivers(const struct options *options);

/* Opens those, while there are rights; their ports come later. False with a line on stderr. */
bool
command_devices_open(struct vswitch *sw, const struct options *options);

/* The ports of the state file, and then those of the command line. False with a line on stderr. */
bool
command_ports_add(struct vswitch *sw, const struct options *options);

#endif
