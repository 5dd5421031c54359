/*
 * vhost-load's ports: guests with rings laid out such that sending a frame means writing two
 * addresses and an index. The frames are IPv4 and UDP, from 198.18.0.1 to 198.18.0.2.
 */
#ifndef BENCH_LOAD_PORT_H
#define BENCH_LOAD_PORT_H

#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/eventfd.h>

#include "../front/front.h"

#define MAX_PORTS 256
#define RING 256
#define MAX_FRAME 1514
/* Like DPDK's: not a power of two, which would put all frames into a few cache sets. */
#define BUFFER 2304
/* Behind Ethernet's, IP's and UDP's headers: what a frame carries. */
#define PAYLOAD_AT 42

/* A split ring: descriptor i always means buffer i, at place i. */
struct lane {
	struct vring_avail *avail;
	const struct vring_used *used;
	uint8_t *buffers;     /* the first one's frame, behind its virtio-net header */
	uint16_t shown, seen; /* avail->idx and used->idx as we know them */
};

struct port {
	struct front *front;
	struct lane send, receive;
	uint32_t source, destination; /* address numbers of the next frame */
	uint32_t left;                /* frames left with these addresses */
};

/* Port number i at the switch's socket; length: of its frames. False with errno. */
bool
connect_port(struct port *port, const char *path, uint32_t i, uint32_t length);

/* The same of frames that are to be cut (load_large.c). listens: the switch dials. */
bool
connect_large(struct port *port, const char *path, uint32_t i, bool listens);
/* Of a port's ring that is connected. */
struct lane
lane_of(const struct front *front, const struct front_ring *ring);

/* The frame at place `at` of the ring. */
static inline uint8_t *
frame_at(const struct lane *lane, uint16_t at)
{
	return lane->buffers + (size_t)(at % RING) * BUFFER;
}

/* Address number n. */
static inline void
put_mac(uint8_t *at, uint32_t n)
{
	const uint8_t mac[6] = {2, 0, n >> 24, n >> 16, n >> 8, n};

	memcpy(at, mac, sizeof(mac));
}

static inline uint32_t
number_of(const uint8_t *mac)
{
	return (uint32_t)mac[2] << 24 | mac[3] << 16 | mac[4] << 8 | mac[5];
}

static inline void
put_addresses(struct port *port, uint16_t at, uint32_t source, uint32_t destination)
{
	put_mac(frame_at(&port->send, at), destination);
	put_mac(frame_at(&port->send, at) + 6, source);
}

/* Makes available what was prepared. */
static inline void
show(struct lane *lane)
{
	__atomic_store_n(&lane->avail->idx, lane->shown, __ATOMIC_RELEASE);
}

/* What a port sends. A switch that waits asked to be kicked. */
static inline void
show_sent(struct port *port)
{
	show(&port->send);
	/* We show, then look; the switch asks, then looks. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(__atomic_load_n(&port->send.used->flags, __ATOMIC_RELAXED) & VRING_USED_F_NO_NOTIFY))
		eventfd_write(port->front->ring[1].kick, 1);
}

static inline uint16_t
used_at(const struct lane *lane)
{
	return __atomic_load_n(&lane->used->idx, __ATOMIC_ACQUIRE);
}

/* The frame that came first of those not seen yet; NULL: none. */
static inline uint8_t *
next_frame(const struct lane *lane)
{
	if (used_at(lane) == lane->seen)
		return NULL;
	return frame_at(lane, lane->used->ring[lane->seen % RING].id);
}

/* Gives back that frame's buffer, which the switch sees at the next show(). */
static inline void
give_back(struct lane *lane)
{
	uint32_t id = lane->used->ring[lane->seen++ % RING].id % RING;

	lane->avail->ring[lane->shown++ % RING] = id;
}

#endif
