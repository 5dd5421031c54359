/*
 * The place where a device goes on in a packed ring, read from the ring itself.
 *
 * Who serves a ring anew is told the place by the guest's VMM. For a split ring the VMM reads it in
 * the guest's memory. For a packed one there is no index to read: QEMU has it only from a device
 * that was stopped in good order (GET_VRING_BASE), and after a connection that ended otherwise it
 * gives the place of before that, mostly 0 (virtio_queue_packed_restore_last_avail_idx() does
 * nothing, in QEMU 7.2 and later ones). A switch that believed it would wait for ever for a buffer
 * there.
 *
 * But while each buffer has one descriptor, the flag USED of a descriptor turns over each time the
 * device passes it, and at no other time: the guest leaves it as it is when it makes the descriptor
 * available again. So the place is where the flag changes:
 *
 *     USED     1  1  1  1  1  0  0  0        the device is at 5, in a round of 1
 *                             ^
 *
 * Chains spoil that: the device writes to the first descriptor only. So a ring whose flag changes
 * more than once says nothing. Linux and DPDK put the parts of a buffer into an indirect table,
 * which is one descriptor. Buffers that were taken but not returned are taken again, as from split
 * rings.
 *
 * The guest may write there meanwhile, and lie: it deceives itself only. The place is in the ring
 * in any case.
 */
#ifndef RING_PLACE_H
#define RING_PLACE_H

#include "ring.h"

/* The place at the very beginning, as ring_get_base() has it. */
#define RING_FIRST_PLACE (1u << 15)

/* Sets base, as of ring_get_base(). False: the ring does not tell, and base is as it was. */
bool
ring_own_place(const struct ring *ring, uint16_t *base);

#endif
