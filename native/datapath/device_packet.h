/*
 * Devices that are interfaces of the kernel's, by a packet socket of our own (host/packet_socket.h)
 * in place of DPDK's driver: net_af_packet with nothing but an interface. That driver leaves out
 * what the kernel says about a frame, and cuts off those that are longer than a slot of its ring.
 * To the rest of the switch it is a device; its frames come and go by rings, as those of guests do.
 *
 * The socket is opened when the switch starts, while it may do so. An interface that goes away and
 * comes back is taken again.
 *
 * Threads: the control thread.
 */
#ifndef DEVICE_PACKET_H
#define DEVICE_PACKET_H

#include "device_setup.h"

/* Opens it. False: problem says why. */
bool
device_packet_open(struct device *device, const struct vswitch *sw, const char *interface,
	char problem[DEVICE_PROBLEM_MAX]);
void
device_packet_close(struct device *device);

/* Whether its interface is gone, or has not come back yet. */
bool
device_packet_is_lost(const struct device *device);
/* Of a hidden one: takes its interface again. False: it is not there yet. */
bool
device_packet_retake(struct device *device);

#endif
