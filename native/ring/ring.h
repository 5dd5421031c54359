/*
 * The virtqueues of a virtio-net device, seen from the device's side: our own data path, which
 * copies a frame once, from the sender's memory into the receiver's.
 *
 *     sender's transmit ring                          receiver's receive ring
 *     ring_begin(), ring_heads()
 *          |   struct burst of frames  ------------>  ring_put_due()
 *          |   (or frame_of_mbuf())                        |
 *     ring_release_due() ------> ring_notify() <-----------'
 *
 * Split (virtio 1.2, 2.7) and packed (2.8) layouts, indirect descriptors, event index, mergeable
 * receive buffers, offloads (vnet_header.h), dirty-page logging. Feature bits decide which; nothing
 * here negotiates.
 *
 * A guest may rewrite its memory at any moment, and lie in it. Therefore every descriptor, index
 * and address is read once, and the value read is checked before use: indexes against the ring's
 * size, chains against a bound, addresses against the memory map. The first bytes of a frame,
 * which decide where it goes, are copied; the receiver gets that copy. A guest can break only its
 * own ring this way: the ring is then marked broken and not used until the device is set up anew.
 *
 * Ownership. A transmit ring is served by one lcore, which alone writes its state. A receive ring
 * may be filled by any lcore, one burst at a time: ring_put_due() claims it with one atomic
 * exchange and gives it back with one store. An lcore that finds it claimed tries a bounded number
 * of times and then drops the burst as `ring_busy`: no lcore waits for another for ever, even if
 * that one was descheduled. The lcore that serves a ring, or has claimed it, is its owner.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "memory.h"

#define BURST 32
/* Limit on the memory segments of a burst's frames; one frame may use them all. */
#define BURST_SEGMENTS 512
/* Bytes at a frame's beginning that are copied before any decision on them. */
#define FRAME_HEAD 64
/* Of these, the ones that say where a frame goes: addresses, two tags, the type behind them. */
#define FRAME_DECISIVE 22

struct vring_desc;
struct vring_avail;
struct vring_used;
struct vring_packed_desc;
struct vring_packed_desc_event;
struct rte_mbuf;

/* A piece of memory: of a writable buffer, or of a frame, which is only read. */
struct ring_segment {
	union {
		uint8_t *at;
		const uint8_t *from;
	};
	uint32_t length;
};

/*
 * Work left to do on a frame, or facts known about it. Without negotiated offloads the guest's
 * header says nothing, and its frames have no flags.
 */
#define FRAME_VALID (1u << 0)       /* its checksum is known to be good */
#define FRAME_BAD_OFFLOAD (1u << 1) /* the guest's header is invalid; not to be used */
#define FRAME_TOO_FINE (1u << 2)    /* likewise: segments that are smaller than anybody's */
#define FRAME_SUMMED (1u << 3)      /* FRAME_PARTIAL too: the complete one is known */
#define FRAME_PARTIAL (1u << 4)     /* its checksum covers the pseudo-header only */
#define FRAME_TSO4 (1u << 5)        /* TCP over IPv4, to be cut into segments; FRAME_PARTIAL too */
#define FRAME_TSO6 (1u << 6)        /* TCP over IPv6, likewise */
#define FRAME_TSO (FRAME_TSO4 | FRAME_TSO6)
#define FRAME_UNFINISHED (FRAME_PARTIAL | FRAME_TSO)

struct frame_offload {
	uint8_t flags;
	uint16_t checksum_start;  /* where the covered range begins; TSO: the TCP header */
	uint16_t checksum_offset; /* from there to the checksum */
	/* FRAME_TSO only. */
	uint16_t segment_size;  /* payload bytes of each segment but the last */
	uint16_t header_length; /* bytes before the payload */
	uint16_t checksum;      /* FRAME_SUMMED only; as it is written */
};

/* A frame somewhere in memory: its head as a copy, then segments. */
struct frame {
	uint32_t length; /* bytes of the Ethernet frame */
	uint16_t head_length;
	uint16_t n_segments;
	struct ring_segment *segments; /* behind the head */
	/* For ring_release_due(), unless the buffer is direct: */
	uint16_t id;    /* of the buffer: head of the chain, or packed buffer id */
	uint16_t count; /* packed: descriptors of the chain */
	struct frame_offload offload;
	uint8_t head[FRAME_HEAD] __attribute__((aligned(16)));
};

/* A buffer in one piece (direct.h). */
struct direct {
	uint8_t *at;
	uint32_t length; /* bytes it holds */
	uint16_t id;
};

struct burst {
	uint16_t n;
	uint16_t n_direct; /* the first ones, whose buffers are in direct[]; of the others, the
			      frames say */
	uint16_t n_segments;
	uint16_t walked;       /* descriptors that were read, those of bad chains, too */
	uint8_t features;      /* of the ring */
	uint8_t header_length; /* of its virtio-net headers */
	/* From here on after ring_heads(). */
	uint8_t flags;    /* those of all frames' offloads */
	uint32_t alike;   /* bit i: frame i has the same FRAME_DECISIVE bytes as the one before */
	uint32_t longest; /* the longest frame's length */
	uint32_t bytes;   /* of all frames */
	struct direct direct[BURST];
	struct frame frame[BURST];
	struct ring_segment segment[BURST_SEGMENTS];
};

/* Result of ring_put_due() on a batch; the sum is the batch's size. */
struct ring_put_result {
	uint16_t sent;
	uint16_t full;     /* no buffer left, or the ring is broken */
	uint16_t small;    /* the next buffer is too small and buffers do not merge */
	uint16_t busy;     /* another lcore held the ring too long */
	uint32_t small_at; /* which they are */
	uint32_t walked;   /* descriptors that were read, unless the buffers were direct */
	uint64_t sent_bytes;
};

/* Bits of struct ring's features. */
#define RING_MERGEABLE (1u << 0)
#define RING_EVENT_INDEX (1u << 1)
#define RING_PACKED (1u << 2)
#define RING_LOG (1u << 3) /* dirty pages are to be logged */
/*
 * Which FRAME_UNFINISHED frames the guest may send (transmit rings) or accepts (receive rings);
 * the bits are the same. The last two only along with the first.
 */
#define RING_CSUM FRAME_PARTIAL
#define RING_TSO4 FRAME_TSO4
#define RING_TSO6 FRAME_TSO6

/*
 * Reports dirty pages to the process that migrates the guest, each after it was written
 * (../vhost/guest.c); used: by the offset in the used ring, or the packed one. Slow path.
 */
struct ring_log {
	void (*guest)(void *context, uint64_t guest, uint64_t length);
	void (*used)(void *context, uint64_t offset, uint64_t length);
	void *context;
};

struct ring {
	/* Fixed while the ring runs. */
	union {
		const struct vring_desc *desc;
		struct vring_packed_desc *packed;
	};
	union {
		const struct vring_avail *avail;
		const struct vring_packed_desc_event *driver_event;
	};
	union {
		struct vring_used *used;
		struct vring_packed_desc_event *device_event;
	};
	const struct memory *memory;
	uint16_t size;
	uint8_t features;
	uint8_t header_length; /* of the virtio-net header: 10 or 12 */
	int call_fd;           /* eventfd of the guest's interrupt, -1: none */
	struct ring_log log;

	/* Receive rings: an lcore fills it. Transmit rings: unused. */
	/* shared: written and read by the lcores that fill it */
	bool claimed;
	/* The guest broke the rules, or its memory went away: the ring is not used any more. */
	/* shared: written by the owner and the SIGBUS handler, read by the owner, control thread */
	bool broken;

	/* The owner's. Others read the first three, to prefetch memory: a stale value is harmless.
	 */
	uint16_t avail_at;          /* split: free-running index; packed: position */
	uint16_t used_at;           /* likewise */
	uint16_t guess;             /* split: the likely next descriptor */
	bool avail_wrap, used_wrap; /* packed */
	/* Packed: the first used descriptor of this batch; its flags are written last. */
	uint16_t batch_at, batch_flags, batch_count;
	/* shared: written by the owner, read by the control thread */
	uint64_t bad_chains; /* buffers that could not be used */
	/* Transmit rings: what lcores do for it (../datapath/balance.h). */
	/* shared: written by the owner, read by the control thread */
	uint64_t work;
} __attribute__((aligned(64)));

static inline bool
ring_is_broken(const struct ring *ring)
{
	return __atomic_load_n(&ring->broken, __ATOMIC_RELAXED);
}

static inline void
ring_break(struct ring *ring)
{
	__atomic_store_n(&ring->broken, true, __ATOMIC_RELAXED);
}

/* Rare; out of line, so that the loop around it stays tight. */
void
ring_count_bad(struct ring *ring) __attribute__((cold, noinline));

/*
 * A short way to see that a transmit ring still has nothing: one word in the guest's memory, and
 * what is there until the ring has something.
 */
struct ring_look {
	const uint16_t *at;
	uint16_t mask, silent;
};

static inline bool
ring_is_silent(const struct ring_look *look)
{
	return (__atomic_load_n(look->at, __ATOMIC_RELAXED) & look->mask) == look->silent;
}

/* As long as this stands, the ring itself has to be asked. */
static inline void
ring_look_closely(struct ring_look *look)
{
	*look = (struct ring_look){.at = &look->silent, .mask = 0, .silent = 1};
}

/* Of a ring that was not ready. */
void
ring_look_away(const struct ring *ring, struct ring_look *look);

/*
 * Taking frames, in steps: while one ring is worked on, the data for the next step of the others
 * is being fetched.
 *
 *     ring_ready()     a look at a transmit ring
 *     ring_begin()     reads descriptors of up to BURST frames; chains that cannot be used go back
 *                      to the guest, counted in bad_chains
 *     ring_heads()     makes the frames, with copies of their heads; only then may they be read
 *     ring_keep()      leaves the last frames in the ring for later
 *     ring_expect()    prefetches for frames that will soon be put into this receive ring
 */
bool
ring_ready(const struct ring *ring);
/*
 * Whether the guest is to kick when it makes a buffer of this transmit ring available. It may have
 * made one meanwhile without: after ring_ask_kick() and a full barrier ring_ready() sees that. Not
 * logged as dirty: who serves the ring next asks anew.
 */
void
ring_ask_kick(struct ring *ring);
void
ring_ask_no_kick(struct ring *ring);
uint16_t
ring_begin(struct ring *ring, struct burst *burst);
void
ring_heads(struct burst *burst);
/* Keeps the burst's first n frames; the others are read anew another time. */
void
ring_keep(struct ring *ring, struct burst *burst, uint16_t n);
void
ring_expect(const struct ring *ring);

/* Buffers published to a guest; whether it wants an interrupt is not checked yet. */
struct ring_due {
	const struct ring *ring;
	uint16_t now;   /* used_at after them */
	uint16_t count; /* of buffers, packed: descriptors; 0: none */
	bool wrap;      /* packed */
};

/*
 * Copies frames (n <= BURST) into a receive ring. Unfinished frames must be of the kinds that the
 * ring accepts; gso.h converts the others.
 */
struct ring_put_result
ring_put_due(
	struct ring *ring, const struct frame *const *frames, uint16_t n, struct ring_due *due);
/* Gives all buffers of the burst back to the guest; its frames are invalid from then on. */
struct ring_due
ring_release_due(struct ring *ring, const struct burst *burst);
/* Interrupts the guests that asked for it; one barrier serves all. */
void
ring_notify(const struct ring_due *due, uint16_t n);
/* ring_put_due() and ring_notify() in one, for callers with one ring. */
struct ring_put_result
ring_put(struct ring *ring, const struct frame *const *frames, uint16_t n);

/*
 * Length on a wire: of the frame, or of the largest segment that it is cut into. UINT32_MAX for a
 * frame with invalid offloads.
 */
static inline uint32_t
frame_wire_length(const struct frame *frame)
{
	const struct frame_offload *offload = &frame->offload;
	uint32_t cut = (uint32_t)offload->header_length + offload->segment_size;

	if (__builtin_expect(!(offload->flags & (FRAME_TSO | FRAME_BAD_OFFLOAD)), 1))
		return frame->length;
	if (offload->flags & FRAME_BAD_OFFLOAD)
		return UINT32_MAX;
	return frame->length < cut ? frame->length : cut;
}

/* Whether two frames have the bytes that decide, and these are the same. */
static inline bool
frames_begin_alike(const struct frame *a, const struct frame *b)
{
	/* Behind a short frame's end is what an earlier one left there. */
	return a->head_length >= FRAME_DECISIVE && b->head_length >= FRAME_DECISIVE &&
	       !memcmp(a->head, b->head, FRAME_DECISIVE);
}

/* Interrupts the guest, whether it asked for it or not. */
void
ring_interrupt(const struct ring *ring);

/* Makes a frame of an mbuf, which must outlive it; false: too many segments for `segments`. */
bool
frame_of_mbuf(struct frame *frame, const struct rte_mbuf *mbuf, struct ring_segment *segments,
	uint16_t n_segments);

/*
 * Position in the form of vhost-user's vring base: split: the index; packed: the position with
 * the wrap counter in bit 15.
 */
void
ring_set_base(struct ring *ring, uint16_t avail, uint16_t used);
void
ring_get_base(const struct ring *ring, uint16_t *avail, uint16_t *used);

#endif
