/*
 * vhost-load's ports: guests, and the other ends of memif devices, with rings laid out such that
 * sending a frame means writing two addresses and an index. The frames are IPv4 and UDP, from
 * 198.18.0.1 to 198.18.0.2.
 */
#ifndef BENCH_LOAD_PORT_H
#define BENCH_LOAD_PORT_H

#include <linux/virtio_ring.h>
#include <string.h>
#include <sys/eventfd.h>

#include "../front/front.h"
#include "memif.h"

#define MAX_PORTS 256
#define RING 256
#define MAX_FRAME 1514
/* Like DPDK's: not a power of two, which would put all frames into a few cache sets. */
#define BUFFER 2304
/* Behind Ethernet's, IP's and UDP's headers: what a frame carries. */
#define PAYLOAD_AT 42

/*
 * A ring: descriptor i always means the frame i, at place i. A guest's split ring and a memif's
 * have in common that we advance one index, and the switch another one behind it.
 */
struct lane {
	uint16_t *show_at;        /* written by us: avail->idx, or head */
	const uint16_t *done_at;  /* written by the switch: used->idx, or tail */
	const uint16_t *quiet_at; /* its first bit: the switch needs no kicks */
	int kick;
	/* A guest's. */
	struct vring_avail *avail;
	const struct vring_used *used;
	struct vring_desc *desc;
	uint8_t *buffers; /* the first one's frame, behind its virtio-net header */
	/* A memif's, else NULL: it keeps the order, so nothing says which buffer is meant. */
	struct memif_slot *slot;
	uint8_t *frame[RING]; /* not of large frames */
	uint16_t shown, seen; /* *show_at and *done_at as we know them */
};
/* The first bit of *quiet_at, of both. */
#define NEEDS_NO_KICK 1
_Static_assert(NEEDS_NO_KICK == VRING_USED_F_NO_NOTIFY && NEEDS_NO_KICK == MEMIF_NO_INTERRUPT,
	"both rings have the same bit");

struct port {
	struct front *front; /* of a guest, else NULL */
	struct memif *memif;
	struct lane send, receive;
	uint32_t source, destination; /* address numbers of the next frame */
	uint32_t left;                /* frames left with these addresses */
};

/* Before the path of a memif's socket; memif1: to memif3: the switch sends by that queue of it. */
#define MEMIF "memif"

/* The path, and its queue; NULL: it is a guest's. */
const char *
memif_path(const char *path, uint16_t *queue);

/* Port number i at the switch's socket; length: of its frames. False with errno. */
bool
connect_port(struct port *port, const char *path, uint32_t i, uint32_t length);
void
disconnect_port(struct port *port);

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
	return lane->frame[at % RING];
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
	__atomic_store_n(lane->show_at, lane->shown, __ATOMIC_RELEASE);
}

/* What a port sends. A switch that waits asked to be kicked. */
static inline void
show_sent(struct port *port)
{
	show(&port->send);
	/* We show, then look; the switch asks, then looks. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(__atomic_load_n(port->send.quiet_at, __ATOMIC_RELAXED) & NEEDS_NO_KICK))
		eventfd_write(port->send.kick, 1);
}

static inline uint16_t
used_at(const struct lane *lane)
{
	return __atomic_load_n(lane->done_at, __ATOMIC_ACQUIRE);
}

/* The number of the buffer that was used first of those not seen yet. */
static inline uint16_t
next_id(const struct lane *lane)
{
	return (lane->slot ? lane->seen : lane->used->ring[lane->seen % RING].id) % RING;
}

/* The frame that came first of those not seen yet; NULL: none. */
static inline uint8_t *
next_frame(const struct lane *lane)
{
	if (used_at(lane) == lane->seen)
		return NULL;
	return frame_at(lane, next_id(lane));
}

/* Gives back that frame's buffer, which the switch sees at the next show(). */
static inline void
give_back(struct lane *lane)
{
	uint16_t id = next_id(lane);

	if (lane->slot)
		lane->slot[id].length = MEMIF_BUFFER;
	else
		lane->avail->ring[lane->shown % RING] = id;
	lane->seen++;
	lane->shown++;
}

/*
 * A guest's next frame goes back where it came from, number `to`: in the buffer in which it came,
 * as programs that forward do. The buffer that was there takes its place.
 */
static inline void
send_back(struct port *port, uint32_t own, uint32_t to)
{
	struct lane *in = &port->receive, *out = &port->send;
	uint16_t id = next_id(in), at = out->shown % RING;
	uint8_t *frame = in->frame[id];
	uint64_t address = in->desc[id].addr;

	in->frame[id] = out->frame[at];
	in->desc[id].addr = out->desc[at].addr;
	out->frame[at] = frame;
	out->desc[at].addr = address;
	memset(frame - port->front->header_length, 0, port->front->header_length);
	put_addresses(port, at, own, to);
	out->shown++;
	give_back(in);
}

#endif
