/*
 * A tap: an interface of the host whose other end is a descriptor of ours. Frames carry a
 * virtio-net header of 12 bytes in both directions.
 *
 * A macvtap, the same for a network card of the kernel's: frames that the card receives are read,
 * and what is written leaves by it. Its descriptor comes from a device node of its own, whose
 * number says which it is; root makes the node, DEVICE_NODES/NAME, for the switch's user.
 *
 * Root makes the interface and gives it to the switch's user (`ip tuntap add NAME mode tap user
 * USER`); to take it then needs no rights. It outlives the switch: addresses, routes and its place
 * in a bridge stay while the switch restarts.
 */
#ifndef HOST_TAP_H
#define HOST_TAP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Takes the interface; non-blocking. None is made: one that is not there already is ENODEV. -1 with
 * errno: ENODEV; EPERM or EACCES, another user's; EBUSY, somebody has it; EINVAL, no tap; or of
 * /dev/net/tun.
 */
int
tap_open(const char *interface);

/* The interface does not exist any more. A macvtap's descriptor does not say so by itself. */
bool
tap_is_gone(int tap);

/* Of a tap; nothing happens to a macvtap. False with errno. */
bool
tap_set_carrier(int tap, bool up);

/* What frames from the kernel may leave undone (FRAME_PARTIAL, FRAME_TSO); the rest it does. */
bool
tap_leave(int tap, uint8_t offloads);

#endif
