/*
 * A forwarding core's own state: what forward.c (the loop) and deliver.c (batches) share.
 */
#ifndef CORE_H
#define CORE_H

#include "counters.h"
#include "vswitch.h"

#include "../ring/complete.h"
#include "../ring/ring.h"
#include "../vhost/guest.h"

/* Rings that are served together: while one is worked on, memory of the others arrives. */
#define GROUP 8
/* Rings whose guests are asked together whether they want an interrupt. */
#define DUES 64

/* A ring that had frames, and from whom. */
struct taken {
	const struct member *from;
	struct ring *ring;
	uint16_t pair;
	uint32_t alike; /* bit i: frame i begins like the one before it */
};

/* Frames that go to one port. */
struct batch {
	uint16_t n;
	bool listed;     /* in touched[] */
	uint32_t source; /* number of the ring they came from */
	const struct frame *frames[BURST];
};

/* Frames that go to the uplink, each with its tag. */
struct uplink_batch {
	uint16_t n;
	const struct frame *frames[BURST];
	uint16_t tags[BURST];
};

struct core {
	struct vswitch *sw;
	const struct topology *topology; /* of this round */
	struct counters *counters;       /* by port; this core is the only writer */
	uint64_t busy_cycles; /* of rounds that found frames; read by the control thread */
	uint64_t busy_frames;
	uint64_t tsc_per_second;
	uint32_t now;    /* seconds since start, of this round */
	uint32_t source; /* number of the ring whose frames are being staged */
	bool retry;      /* wait for full rings: the frames come from the uplink */
	uint16_t index;  /* of the core, 0 and up: shares queues of the uplink out */
	uint16_t n_taken;
	uint16_t n_due;
	uint16_t n_touched; /* members with a batch, so that empty ones cost nothing */
	uint16_t touched[MAX_PORTS];
	uint8_t stuck[MAX_PORTS]; /* ports whose ring stayed full over all retries */
	struct taken taken[GROUP];
	struct completed *completed; /* frames made from unfinished ones; NULL: no offloads */
	struct ring_due due[DUES];
	struct burst burst[GROUP];
	struct batch batch[MAX_PORTS]; /* by member index */
	struct uplink_batch uplink;
};

/* Delivers what is staged for a member, or for the uplink. */
void
deliver(struct core *core, uint16_t index);
void
deliver_uplink(struct core *core);
/* Delivers all that is staged. */
void
deliver_all(struct core *core);

/* The ring of a guest that frames of one source go to, so that their order stays; NULL: none. */
static inline struct ring *
core_receive_ring(struct guest *guest, uint32_t source)
{
	return guest->n_receive ? &guest->ring[guest->receive[source % guest->n_receive]].ring
				: NULL;
}

/* Asks guests whether they want an interrupt. At the latest at the end of a round. */
static inline void
core_tell(struct core *core)
{
	if (core->n_due)
		ring_tell(core->due, core->n_due);
	core->n_due = 0;
}

/* Where the next due may be put. */
static inline struct ring_due *
core_due(struct core *core)
{
	if (core->n_due == DUES)
		core_tell(core);
	return &core->due[core->n_due++];
}

static inline void
core_drop(struct core *core, uint16_t port, enum drop reason)
{
	counter_add(&core->counters[port].drops[reason], 1);
}

static inline void
core_stage(struct core *core, uint16_t index, const struct frame *frame)
{
	struct batch *batch = &core->batch[index];

	if (batch->n == 0) {
		const struct ring *ring =
			core_receive_ring(core->topology->member[index].guest, core->source);

		if (ring)
			ring_expect(ring);
		batch->source = core->source;
		if (!batch->listed)
			core->touched[core->n_touched++] = index;
		batch->listed = true;
	} else if (batch->n == BURST ||
		   (batch->source != core->source &&
			   core->topology->member[index].guest->n_receive > 1)) {
		deliver(core, index);
		batch->source = core->source;
	}
	batch->frames[batch->n++] = frame;
}

static inline void
core_stage_uplink(struct core *core, const struct frame *frame, uint16_t tag)
{
	if (core->uplink.n == BURST)
		deliver_uplink(core);
	core->uplink.frames[core->uplink.n] = frame;
	core->uplink.tags[core->uplink.n++] = tag;
}

#endif
