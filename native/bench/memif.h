/*
 * The other end of a memif: a network device in shared memory, whose protocol is described in
 * libmemif's documentation (version 2.0, "client"). We have the memory, the switch listens.
 *
 * Two rings, one for either direction. In both we advance head, and the switch tail behind it: what
 * lies between is the switch's. Slot i always means buffer i.
 */
#ifndef BENCH_MEMIF_H
#define BENCH_MEMIF_H

#include <stdbool.h>
#include <stdint.h>

#define MEMIF_LOG2_SLOTS 8
#define MEMIF_SLOTS (1 << MEMIF_LOG2_SLOTS)
/* Bytes for a frame that comes. */
#define MEMIF_BUFFER 2048
/* Of a ring's flags: whoever takes from it polls. */
#define MEMIF_NO_INTERRUPT 1

#define MEMIF_MAX_QUEUE 3

struct memif_slot {
	uint16_t flags, region;
	uint32_t length, offset, metadata;
};

struct memif_ring {
	uint32_t cookie;
	uint16_t flags;
	uint16_t head; /* written by us */
	uint8_t padding[56];
	uint16_t tail; /* written by the switch */
	uint8_t padding_too[62];
	struct memif_slot slot[MEMIF_SLOTS];
};

/* Indexes of the two. */
enum { MEMIF_SEND, MEMIF_RECEIVE };

struct memif {
	int socket, memory_fd;
	uint8_t *memory;
	struct memif_ring *ring[2];
	uint8_t *buffers[2]; /* the first ones */
	int kick[2];
};

struct memif_config {
	const char *path;
	uint32_t distance; /* of two buffers, bytes */
	uint32_t length;   /* of what is sent, bytes */
	/*
	 * Which of the switch's queues sends: Open vSwitch has one for each thread, and uses the
	 * second one. Those before get a ring without buffers: without any ring, DPDK would take
	 * the memory's begin for one.
	 */
	uint16_t queue;
};

/*
 * Dials and agrees on rings, of which the one to receive is full of buffers. NULL with errno: not
 * within timeout_ms, or refused.
 */
struct memif *
memif_connect(const struct memif_config *config, int timeout_ms);
void
memif_disconnect(struct memif *memif);

#endif
