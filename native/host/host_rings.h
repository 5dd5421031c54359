/*
 * Two virtqueues between the forwarding lcores and a thread of our own, which plays the guest's
 * driver: split layout, a buffer of fixed place for each descriptor, used in turn. The other side
 * is
 * ../ring, as for any guest.
 *
 * Threads: one plays the driver. Memory is shared with the lcores by virtio's rules alone.
 */
#ifndef HOST_RINGS_H
#define HOST_RINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "../ring/ring.h"

struct vring_desc;
struct vring_avail;
struct vring_used;

/* Of a virtio-net header (virtio 1.2, 5.1.6), which stands before each frame. */
#define HOST_HEADER 12
#define HOST_RECEIVE_BUFFERS 512
#define HOST_RECEIVE_ROOM 4096
#define HOST_TRANSMIT_BUFFERS 256
/* Buffers of the largest frame. */
#define HOST_MAX_PIECES ((HOST_HEADER + FRAME_MAX) / HOST_RECEIVE_ROOM + 1)
/* A TCP segment to be cut: 65,535 bytes of IP behind an Ethernet header with a tag. */
#define FRAME_MAX (65535 + 18)

struct host_ring {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint8_t *buffers;
	uint32_t room; /* of a buffer */
	uint16_t size;
	/* The driver's; they run freely. */
	uint16_t given;    /* buffers that were made available, */
	uint16_t returned; /* and came back */
};

struct host_rings {
	struct memory memory; /* one region: addresses are our own */
	struct host_ring receive, transmit;
};

/* room: bytes of a transmit buffer, header included. False with errno. */
bool
host_rings_create(struct host_rings *rings, uint32_t room);
void
host_rings_destroy(struct host_rings *rings);

/* The lcores' view of one of the rings. */
void
host_rings_show(const struct host_rings *rings, const struct host_ring *ring, uint8_t features,
	int call, struct ring *shown);

/*
 * The next frame that an lcore has delivered, with its header, in up to HOST_MAX_PIECES pieces.
 * Returns their number, 0: none. They are given back by host_rings_received().
 */
int
host_rings_receive(struct host_ring *receive, struct iovec *pieces);
void
host_rings_received(struct host_ring *receive, int n);

/* Place for a frame with its header, `room` bytes; NULL: all are on their way. */
uint8_t *
host_rings_place(struct host_ring *transmit);
/*
 * Sends what was put there: length bytes, header included. True: the other side waits for a kick.
 */
bool
host_rings_send(struct host_ring *transmit, uint32_t length);

/*
 * Whether the other side interrupts when it has used a buffer. True: something has come back
 * already, so nobody may wait for an interrupt.
 */
bool
host_rings_want(struct host_ring *ring, bool interrupts);

#endif
