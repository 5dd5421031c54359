/*
 * Addresses behind the switch's other ports, which an SR-IOV card is to send to this device.
 *
 * A card carries frames from function to function by address only: what a VF sends to an address
 * that the card does not know leaves by the wire, and no promiscuous mode of another function
 * changes that. So a device that is a VF, or a PF with VFs, gets the addresses of all other ports
 * as further ones of its own: those of guests, and those behind other devices, such as the VFs of
 * another card.
 *
 * Bounds: a card has few (82576: 24 for all its functions), and each change may be a message to the
 * PF, for which the driver waits. So there are REACH_CHANGES a second and device, and what does not
 * fit waits for the next; and where there is no room, the port that has most of them loses one to
 * a port that has two fewer: who invents addresses loses its own. A port's own `mac` stays.
 *
 * Threads: the control thread.
 */
#ifndef DEVICE_REACH_H
#define DEVICE_REACH_H

#include <stdint.h>

struct device;
struct device_filter;
struct rte_eth_dev_info;
struct vswitch;

#define REACH_CHANGES 16

/* Whether it is a virtual function, or a bond of any. */
bool
device_is_vf(const struct device *device);

/* Of a PF, by the kernel's links: not all drivers say (igb does not). */
uint16_t
device_count_vfs(const struct device *device, const struct rte_eth_dev_info *info);

/* Of a device that has just been started: whether it is a function of such a card. */
void
device_reach_plan(struct device *device, const struct rte_eth_dev_info *info);

/* mac is behind port, which is another one than the device's. */
void
device_reach(struct device *device, const struct vswitch *sw, uint16_t port, const uint8_t mac[6]);

/* Every second, after filters of addresses that are gone were removed: removed, how many. */
void
device_reach_refresh(struct device *device, struct vswitch *sw, uint16_t removed);

#endif
