/*
 * A forwarding lcore's own state, shared by forward.c (the loop), forward_device.c (frames from
 * devices) and deliver.c (batches).
 */
#ifndef LCORE_H
#define LCORE_H

#include "budget.h"
#include "classify_plain.h"
#include "counters.h"
#include "guarded.h"
#include "idle.h"
#include "pairs.h"
#include "retag.h"
#include "vswitch.h"

#include "../ring/gso.h"
#include "../ring/ring.h"
#include "../vhost/guest.h"

/* Rings served together: while one is worked on, memory of the others arrives. */
#define GROUP 8
/* Rings notified together, with one barrier. */
#define DUES 64

/* A ring that had frames, and its port. */
struct taken {
	const struct member *from;
	struct ring *ring;
	uint16_t pair;
	uint32_t alike;          /* bit i: frame i begins like the previous one */
	bool plain;              /* its frames may be (classify_plain.h), */
	struct plain_look *look; /* by frame: where to look then; BURST of them */
};

/* Frames for one port. */
struct batch {
	uint16_t n;
	bool listed;     /* in touched[] */
	uint8_t counted; /* of them, as pairs (pairs.h) */
	uint32_t source; /* number of the ring they came from */
	const struct frame *frames[BURST];
};

/* What captures are told of the burst that is being decided on, if its port is captured. */
struct captured {
	const struct frame *first; /* NULL: it is not */
	uint16_t port;
	bool any;              /* of its frames is dropped */
	uint8_t reason[BURST]; /* and 1; 0: it is not */
	/* The frames of each burst, from the first time on. */
	const struct frame *frames[GROUP][BURST];
};

struct lcore {
	struct vswitch *sw;
	const struct topology *topology; /* of this round */
	struct counters *counters;       /* by port; this lcore is the only writer */
	/* Counts rounds that found frames. */
	/* shared: written by this lcore, read by the control thread */
	uint64_t busy_cycles, busy_frames;
	uint64_t tsc_per_second;
	uint32_t now;    /* seconds from start to this round */
	uint32_t source; /* number of the ring whose frames are being staged */
	uint32_t round;  /* counts them, modulo 2^32 */
	bool postponed;  /* in this round a port waited, as it owes too much */
	bool retry;      /* wait for full rings: the frames come from a device */
	bool counting;   /* pairs, in this round */
	uint16_t index;  /* of the lcore, from 0: selects its queues of devices */
	uint16_t n_taken;
	uint32_t polled_of; /* number of the topology whose ports these are: */
	uint16_t n_lively;  /* those that had frames lately */
	uint32_t empty;     /* rounds without a frame, up to the last one */
	uint16_t n_due;
	uint16_t n_touched; /* members with a batch, so that the others cost nothing */
	uint16_t touched[MAX_PORTS];
	uint16_t lively[MAX_PORTS];        /* of what it polls: which */
	uint32_t seen[MAX_PORTS];          /* likewise: the last round in which it had frames */
	struct ring_look look[MAX_PORTS];  /* likewise: whether it still has nothing */
	uint8_t stuck[MAX_PORTS];          /* ports whose ring stayed full over all retries */
	struct balance balance[MAX_PORTS]; /* by port */
	struct idle idle;
	struct taken taken[GROUP];
	struct plain_look plain[GROUP][BURST];
	struct gso_frames *gso_frames; /* frames made from unfinished ones; NULL: no offloads */
	struct ring_due due[DUES];
	struct burst burst[GROUP];
	struct batch batch[MAX_PORTS];    /* by member index */
	struct retagged retagged;         /* staged frames with another tag */
	struct guard_run guard_run;       /* of the burst that is being classified */
	struct guard_copies guard_copies; /* of staged frames that a guard had to read further */
	struct captured captured;
	struct pairs pairs;
};

/* Marks runs of frames. Prefetches what the look-ups of their first ones will read. */
void
burst_find_runs(const struct lcore *lcore, struct taken *taken, const struct burst *burst);
/* Decides on a burst's frames and stages them, as far as their port can pay; the others stay. */
void
burst_classify(struct lcore *lcore, struct taken *taken, struct burst *burst);

/* The same for a device's, which pays for nothing: all its frames. */
void
burst_classify_free(struct lcore *lcore, struct taken *taken, struct burst *burst);

/* One burst of one queue of a device, as frames in burst[0]. Returns their number. */
uint16_t
forward_device(struct lcore *lcore, const struct member *from, uint16_t queue);

/* Makes an lcore's state, on its NUMA node. NULL with errno: no memory, or no descriptors. */
struct lcore *
lcore_create(struct vswitch *sw, unsigned int id);
void
lcore_destroy(struct lcore *lcore);

/*
 * Any thread: ends lcores' waits, or keeps the next ones from beginning, so that they see another
 * topology, another setting or the end.
 */
void
lcores_wake(const struct vswitch *sw);

/* Control thread: forgets what an earlier port with this number owed; no lcore uses it yet. */
void
lcore_forget(struct lcore *lcore, uint16_t port);

/*
 * TSC cycles of the rounds that found frames, and the number of these frames, since start:
 * counted as Open vSwitch counts its processing cycles.
 */
void
lcore_busy(const struct lcore *lcore, uint64_t *cycles, uint64_t *frames);

/* How often it waited (idle.h), and how often frames were there then of which nobody had told. */
void
lcore_waited(const struct lcore *lcore, uint64_t *waits, uint64_t *late);

/* Control thread: a pair of ports, as pairs_read() has it. */
bool
lcore_pair(const struct lcore *lcore, unsigned int place, struct pair_count *count);

/*
 * Stages a frame for everybody else in its VLAN, as far as it may flood. Returns what that costs
 * beside one copy.
 */
uint64_t
flood(struct lcore *lcore, const struct member *from, struct frame *frame,
	const struct decision *decision);
/* Stages a frame for the one member that it goes to, with the tag that it leaves with. */
void
stage_decided(struct lcore *lcore, const struct frame *frame, const struct decision *decision);
/* Does what a decision says, of a frame that nobody pays for. */
void
stage_or_drop(struct lcore *lcore, const struct member *from, struct frame *frame,
	const struct decision *decision);
/* The frame with the tag that a decision says; what is staged may be delivered for that. */
const struct frame *
retag_staged(struct lcore *lcore, const struct frame *frame, enum retag how,
	const struct decision *decision);
/* What an unfinished frame costs beside its copy when it goes to a member. */
uint32_t
price_to(const struct lcore *lcore, const struct member *to, const struct frame *frame);

/* Whether a frame of a guarded member passes; counts it if not. */
bool
guarded_admits(struct lcore *lcore, const struct member *from, struct frame *frame);
/* Leaves out of a batch what a member's guards keep from it, and learns from the rest. */
void
guarded_deliver(struct lcore *lcore, const struct member *to, uint16_t index, struct batch *batch);

/* While pairs are counted: those of what was staged since the last call. */
void
count_pairs(struct lcore *lcore);

/* Delivers the frames staged for a member. */
void
deliver(struct lcore *lcore, uint16_t index);
/* Delivers all that is staged. */
void
deliver_all(struct lcore *lcore);

/* The guest's ring for all frames of one source, which keeps their order; NULL: none. */
static inline struct ring *
lcore_receive_ring(struct guest *guest, uint32_t source)
{
	return guest->n_receive ? &guest->ring[guest->receive[source % guest->n_receive]].ring
				: NULL;
}

/* A burst of a captured port, from before it is decided on until that is done. */
void
captured_begin(struct lcore *lcore, const struct member *from, const struct frame *first);
void
captured_end(struct lcore *lcore, const struct member *from, const struct burst *burst, uint16_t n);
/* A frame that is dropped, and counted at a captured port. */
void
captured_drop(struct lcore *lcore, uint16_t port, const struct frame *frame, enum drop reason)
	__attribute__((cold));

/* Interrupts guests that want it. At the latest at the end of a round. */
static inline void
lcore_notify(struct lcore *lcore)
{
	if (lcore->n_due)
		ring_notify(lcore->due, lcore->n_due);
	lcore->n_due = 0;
}

/* Place for the next due. */
static inline struct ring_due *
lcore_due(struct lcore *lcore)
{
	if (lcore->n_due == DUES)
		lcore_notify(lcore);
	return &lcore->due[lcore->n_due++];
}

static inline void
lcore_drop(struct lcore *lcore, uint16_t port, const struct frame *frame, enum drop reason)
{
	counter_add(&lcore->counters[port].drops[reason], 1);
	if (unlikely(lcore->topology->captures[port] != 0))
		captured_drop(lcore, port, frame, reason);
}

/* Begins a batch for a member. */
static inline void
lcore_begin_batch(struct lcore *lcore, uint16_t index, struct batch *batch)
{
	const struct ring *ring =
		lcore_receive_ring(lcore->topology->member[index].guest, lcore->source);

	if (ring)
		ring_expect(ring);
	batch->source = lcore->source;
	if (!batch->listed)
		lcore->touched[lcore->n_touched++] = index;
	batch->listed = true;
}

static inline void
batch_add(struct batch *batch, const struct frame *frame, uint16_t n)
{
	const struct frame **to = batch->frames + batch->n;

	batch->n += n;
	for (const struct frame *end = frame + n; frame < end; frame++)
		*to++ = frame;
}

/* Stages n frames in a row for a member; n <= BURST. */
static inline void
lcore_stage(struct lcore *lcore, uint16_t index, const struct frame *frame, uint16_t n)
{
	struct batch *batch = &lcore->batch[index];

	if (batch->n == 0) {
		lcore_begin_batch(lcore, index, batch);
	} else if (batch->source != lcore->source &&
		   lcore->topology->member[index].guest->n_receive > 1) {
		deliver(lcore, index);
		batch->source = lcore->source;
	}
	while (unlikely(batch->n + n > BURST)) {
		uint16_t room = BURST - batch->n;

		batch_add(batch, frame, room);
		frame += room;
		n -= room;
		deliver(lcore, index);
		batch->source = lcore->source;
	}
	batch_add(batch, frame, n);
}

#endif
