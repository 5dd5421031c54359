/*
 * A guest without a VM: the front end of a vhost-user port with a virtio-net driver's rings in
 * memory of its own. Sends and receives exact frames, survives a restart of the switch, and
 * exposes all its parts to the attacks (attack.h).
 *
 * Threads: none of its own; one caller at a time.
 */
#ifndef FRONT_H
#define FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

#include "../ring/driver.h"

#define FRONT_MAX_PAIRS 128
#define FRONT_HEADER 12
/* Guest memory of a ring and its buffers: the two regions of driver.h in one piece. */
#define FRONT_RING_MEMORY (2 * DRIVER_REGION)

struct front_config {
	char name[64];
	char path[108];
	bool listen; /* we listen, the switch dials */
	bool packed, mergeable, event_index, indirect;
	bool legacy;       /* virtio before 1.0: a shorter header */
	uint64_t offloads; /* further virtio-net feature bits to ask for */
	bool mute;         /* does not kick, although asked to */
	bool kickless;     /* tells the switch that it has no eventfd for kicks */
	bool huge;         /* memory from pages of 2 MiB */
	uint16_t size;     /* of a ring */
	uint16_t pairs;    /* of rings */
	uint16_t regions;  /* in the memory table: 1, or more of equal size */
	uint32_t buffer;   /* bytes of a receive buffer */
	uint32_t shift;    /* bytes to the first ring, in 64s: guests' rings share no cache sets */
};

struct front_ring {
	struct driver driver;
	uint64_t buffer[DRIVER_RING]; /* receive: address, by id */
	uint16_t count[DRIVER_RING];  /* transmit: descriptors, by id */
	uint16_t in_flight;           /* transmit: descriptors */
	uint32_t arena_at;            /* transmit: place of the next frame */
	int kick, call;
	/* What the switch is told of the ring instead of the truth; size 0: the truth. */
	uint32_t claimed_size;
	uint32_t claimed_at; /* of the descriptors */
};

struct front {
	struct front_config config;
	uint8_t *memory;
	uint8_t *twin; /* of the memory: what the guest writes there, it writes here (dirty.h) */
	uint64_t memory_size;
	int memory_fd;
	int listener, socket;                 /* -1: none */
	uint64_t features;                    /* virtio's, as negotiated */
	bool acknowledges;                    /* the switch answers each message, as ours does */
	uint16_t header_length;               /* of the virtio-net header */
	uint8_t send_header[FRONT_HEADER];    /* of the next frames; zero unless set */
	uint8_t receive_header[FRONT_HEADER]; /* of the last frame that came */
	struct front_ring ring[2 * FRONT_MAX_PAIRS];
};

/* Makes memory, rings and, to be dialled, a listening socket. NULL with errno. */
struct front *
front_create(const struct front_config *config);
void
front_destroy(struct front *front);

/* Empties the rings, like a reset of the device. Not while connected. */
void
front_reset(struct front *front);

/*
 * Dials, or waits to be dialled, and brings the device up; rings continue where they were. False:
 * not within timeout_ms, or the switch closed the connection meanwhile.
 */
bool
front_connect(struct front *front, int timeout_ms);
/* The two halves of front_connect(). */
bool
front_reach(struct front *front, int timeout_ms);
bool
front_negotiate(struct front *front);
void
front_disconnect(struct front *front);
/* For front_create(): makes the socket that the switch dials. False with errno. */
bool
front_listen(struct front *front);
/* Whether the switch has closed the connection. */
bool
front_is_lost(const struct front *front);

/* Says where a ring is, and whether what the switch writes there is to be logged. */
bool
front_tell_addresses(struct front *front, uint16_t i, bool log);
/* Sends a message and waits for the switch's acknowledgement, if it gives any. */
bool
front_tell(struct front *front, struct message *message, const int *fds, int n_fds);

/* Kicks the switch, if it asked for that, for what was made available since the last call. */
void
front_kick(const struct front *front, struct front_ring *ring);

/*
 * Makes a frame available in buffers of `piece` bytes (0: one buffer), and kicks. False: no room in
 * the ring before front_reclaim().
 */
bool
front_send(
	struct front *front, uint16_t pair, const uint8_t *frame, uint32_t length, uint32_t piece);
/* Takes back used buffers. Returns how many descriptors are still in flight. */
uint16_t
front_reclaim(struct front *front, uint16_t pair);

/* Receives a frame, at most `room` bytes of it, and gives its buffers back. -1: none. */
int
front_receive(struct front *front, uint16_t pair, uint8_t *frame, uint32_t room);

#endif
