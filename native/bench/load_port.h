/*
 * vhost-load's ports: guests with rings laid out such that sending a frame means writing two
 * addresses and an index.
 */
#ifndef BENCH_LOAD_PORT_H
#define BENCH_LOAD_PORT_H

#include <linux/virtio_ring.h>

#include "../front/front.h"

#define MAX_PORTS 256
#define RING 256
#define FRAME 64
#define HEADER 12
/* Like DPDK's: not a power of two, which would put all frames into a few cache sets. */
#define BUFFER 2304

/* A split ring: descriptor i always means buffer i, at place i. */
struct lane {
	struct vring_avail *avail;
	const struct vring_used *used;
	uint8_t *buffers;
	uint16_t shown, seen; /* avail->idx and used->idx as we know them */
};

struct port {
	struct front *front;
	struct lane send, receive;
	uint32_t source, destination; /* address numbers of the next frame */
	uint32_t left;                /* frames left with these addresses */
};

/* Port number i, on the socket FOLDER/i. False with errno. */
bool
connect_port(struct port *port, const char *folder, uint32_t i);

#endif
