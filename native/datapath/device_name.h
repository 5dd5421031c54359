/*
 * Names of devices, as the EAL takes them: what they say about a device before it is opened.
 */
#ifndef DEVICE_NAME_H
#define DEVICE_NAME_H

#include <stdbool.h>

#include "device.h"

#include "../base/contract.h"

/* By which DPDK knows the device's port: a PCI address in full, or what is before the settings. */
#define BARE_NAME_MAX (DEVICE_NAME_MAX + 8)
void
device_bare_name(const char *name, char bare[BARE_NAME_MAX + 1]);

/*
 * What keeps a device from being opened at all, *problem says it: an interface of the host's name;
 * no setting of those without which its driver opens none, or an interface that the host has not; a
 * memif whose socket others could reach or replace. To a memif's other side the switch is as
 * open as to itself: the driver believes what is in their shared memory.
 */
bool
device_name_is_good(const char *name, char problem[DEVICE_PROBLEM_MAX]);

/*
 * Whether it is an interface of the kernel's that is served by a packet socket (device_packet.h):
 * net_af_packet with an interface and no other setting. With others, it is DPDK's driver.
 */
bool
device_name_is_packet(const char *name, char interface[INTERFACE_NAME_MAX + 1]);

/* Whether it dials another side, and only when it is started: a memif's client. */
bool
device_name_dials(const char *name);

/* Whether it is a memif, and its socket in the file system; "": it has none. */
bool
device_name_is_memif(const char *name, char socket[DEVICE_NAME_MAX + 1]);

/* Whether it is a memif, or a bond with one. */
bool
device_name_has_memif(const char *name);

/*
 * Around a device's opening: its socket may be left over from a switch that was killed, and is for
 * nobody but root and the switch's user.
 */
void
device_clear_socket(const char *name);
void
device_close_socket_to_others(const char *name);

#endif
