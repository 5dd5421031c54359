/*
 * A tap: an interface of the host whose other end is a descriptor of ours. Frames carry a
 * virtio-net header of 12 bytes in both directions.
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
 * errno: ENODEV; EPERM, another user's; EBUSY, somebody has it; EINVAL, no tap; or of /dev/net/tun.
 */
int
tap_open(const char *interface);

/* What frames from the kernel may leave undone (FRAME_PARTIAL, FRAME_TSO); the rest it does. */
bool
tap_leave(int tap, uint8_t offloads);

#endif
