/*
 * A forwarding core's own state: what forward.c (the loop) and deliver.c (batches) share.
 */
#ifndef CORE_H
#define CORE_H

#include "counters.h"
#include "vswitch.h"

#include "../ring/ring.h"

/* Frames of one burst that go to one port. */
struct batch {
	uint16_t n;
	const struct frame *frames[BURST];
};

/* Frames of one burst that go to the uplink, each with its tag. */
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
	uint16_t index;     /* of the core, 0 and up: shares queues of the uplink out */
	uint16_t n_touched; /* members with a batch, so that empty ones cost nothing */
	uint16_t touched[MAX_PORTS];
	uint8_t stuck[MAX_PORTS]; /* ports whose ring stayed full over all retries */
	struct burst burst;
	struct batch batch[MAX_PORTS]; /* by member index */
	struct uplink_batch uplink;
};

static inline void
core_drop(struct core *core, uint16_t port, enum drop reason)
{
	counter_add(&core->counters[port].drops[reason], 1);
}

static inline void
core_stage(struct core *core, uint16_t index, const struct frame *frame)
{
	struct batch *batch = &core->batch[index];

	if (batch->n == 0)
		core->touched[core->n_touched++] = index;
	batch->frames[batch->n++] = frame;
}

static inline void
core_stage_uplink(struct core *core, const struct frame *frame, uint16_t tag)
{
	core->uplink.frames[core->uplink.n] = frame;
	core->uplink.tags[core->uplink.n++] = tag;
}

/*
 * Delivers all that is staged. source: number of the ring the burst came from; frames of one
 * source go to one ring of a guest, so their order stays. retry: wait for a full ring.
 */
void
deliver_all(struct core *core, uint32_t source, bool retry);

#endif
