/*
 * vhost-load's ports: guests whose rings are laid out such that each frame is two addresses to be
 * written, and an index.
 */
#ifndef BENCH_LOAD_PORT_H
#define BENCH_LOAD_PORT_H

#include <linux/virtio_ring.h>

#include "../front/front.h"

#define MAX_PORTS 128
#define RING 256
#define FRAME 64
#define HEADER 12
/* As DPDK's: not a power of two, which would put all frames into a few sets of the caches. */
#define BUFFER 2304

/* A split ring whose descriptor i always means buffer i, at place i. */
struct lane {
	struct vring_avail *avail;
	const struct vring_used *used;
	uint8_t *buffers;
	uint16_t shown, seen; /* avail->idx and used->idx as we know them */
};

struct port {
	struct front *front;
	struct lane send, receive;
	uint32_t source, destination; /* numbers of the next frame's addresses */
	uint32_t left;                /* frames that still have them */
};

/* Port number i, on the socket FOLDER/i. False with errno. */
bool
connect_port(struct port *port, const char *folder, uint32_t i);

#endif
