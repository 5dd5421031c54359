#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "classify_parts.h"
#include "device.h"
#include "lcore.h"
#include "trace.h"

/* What one frame may tell: that it was learned, or moved, or held. */
#define NEWS 8
/* Before the frame, where a device's gets a tag. */
#define HEADROOM 16
#define SEGMENTS 2
/* Where the settings begin, and behind them all that is fixed. */
#define FIXED offsetof(struct vswitch, settings)

/* The switch, as far as a frame's way depends on it, and an lcore that delivers nothing. */
struct stage {
	struct vswitch *sw;
	struct lcore *lcore;
	struct counters *counters;
	uint8_t *bytes; /* HEADROOM, then the frame */
	struct ring_segment segment[SEGMENTS];
};

/* Begins with a line of the cache; mostly pages that are never touched. */
static void *
zalloc_pages(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void
free_pages(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

static struct rte_ring *
private_news(void)
{
	ssize_t size = rte_ring_get_memsize_elem(sizeof(struct news_item), NEWS);
	struct rte_ring *ring =
		size > 0 ? aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_CACHE_LINE_ROUNDUP(size)) : NULL;

	if (ring && rte_ring_init(ring, "trace", NEWS, 0) == 0)
		return ring;
	free(ring);
	return NULL;
}

/* Under the lock, so that guests and ports stay. Members' ports are copies, too. */
static void
copy_topology(struct vswitch *copy, const struct vswitch *sw)
{
	const struct topology *now = __atomic_load_n(&sw->topology, __ATOMIC_ACQUIRE);
	struct topology *topology = &copy->topologies[0];

	memcpy(topology, now, offsetof(struct topology, poll));
	/* No capture sees a frame that there is not. */
	memset(topology->captures, 0, sizeof(topology->captures));
	for (uint16_t i = 0; i < topology->n; i++) {
		struct member *member = &topology->member[i];

		memcpy(&copy->ports[member->id], member->port, sizeof(*member->port));
		member->port = &copy->ports[member->id];
		member->captures = 0;
	}
}

static struct vswitch *
copy_switch(const struct vswitch *sw)
{
	struct vswitch *copy = zalloc_pages(sizeof(*copy));

	if (!copy)
		return NULL;
	memcpy((char *)copy + FIXED, (const char *)sw + FIXED, sizeof(*sw) - FIXED);
	copy->fdb = fdb_clone(sw->fdb);
	copy->news = private_news();
	return copy;
}

static void
stage_close(struct stage *stage)
{
	if (stage->sw) {
		fdb_destroy(stage->sw->fdb);
		free(stage->sw->news);
	}
	free_pages(stage->sw, sizeof(*stage->sw));
	free_pages(stage->lcore, sizeof(*stage->lcore));
	free_pages(stage->counters, MAX_PORTS * sizeof(*stage->counters));
	free(stage->bytes);
}

static bool
stage_open(struct stage *stage, const struct vswitch *sw, const uint8_t *bytes, uint32_t length)
{
	*stage = (struct stage){
		.sw = copy_switch(sw),
		.lcore = zalloc_pages(sizeof(*stage->lcore)),
		.counters = zalloc_pages(MAX_PORTS * sizeof(*stage->counters)),
		.bytes = malloc(HEADROOM + length),
	};
	if (!stage->sw || !stage->sw->fdb || !stage->sw->news || !stage->lcore ||
		!stage->counters || !stage->bytes) {
		stage_close(stage);
		errno = ENOMEM;
		return false;
	}
	memcpy(stage->bytes + HEADROOM, bytes, length);
	stage->lcore->sw = stage->sw;
	stage->lcore->topology = &stage->sw->topologies[0];
	stage->lcore->counters = stage->counters;
	stage->lcore->tsc_per_second = rte_get_tsc_hz();
	stage->lcore->now = vswitch_now(sw);
	return true;
}

/* As a guest's ring gives it: the head as a copy. */
static void
frame_of_guest(struct stage *stage, struct frame *frame, uint32_t length)
{
	uint8_t *bytes = stage->bytes + HEADROOM;
	uint32_t head = RTE_MIN(length, (uint32_t)FRAME_HEAD);

	*frame = (struct frame){.length = length, .head_length = head, .segments = stage->segment};
	memcpy(frame->head, bytes, head);
	if (length > head) {
		frame->n_segments = 1;
		stage->segment[0] =
			(struct ring_segment){.at = bytes + head, .length = length - head};
	}
}

/* As its driver gives it. tag: NULL, or where that of a guest goes. */
static bool
frame_of_device(struct stage *stage, const struct member *from, struct frame *frame,
	uint32_t length, int *tag)
{
	struct rte_mbuf mbuf = {
		.buf_addr = stage->bytes,
		.data_off = HEADROOM,
		.data_len = length,
		.pkt_len = length,
		.nb_segs = 1,
	};

	return device_frame(from->dpdk, &mbuf, frame, stage->segment, SEGMENTS, tag);
}

static void
add_drop(struct trace *trace, uint16_t port, enum drop reason)
{
	trace->lost[trace->n_lost].port = port;
	trace->lost[trace->n_lost++].reason = reason;
}

static void
collect_drops(const struct stage *stage, struct trace *trace)
{
	for (uint16_t port = 0; port < MAX_PORTS; port++)
		for (int reason = 0; reason < DROP_REASONS; reason++)
			if (stage->counters[port].drops[reason] && trace->n_lost < MAX_PORTS)
				add_drop(trace, port, reason);
}

/* The VLAN id of a staged frame's tag; -1: it has none. */
static int
tag_at(const struct frame *frame)
{
	return tag_of((const struct rte_ether_hdr *)frame->head, frame->head_length);
}

/* Those to whom it is staged, unless their guards say no. */
static void
collect_receivers(struct stage *stage, struct trace *trace)
{
	struct lcore *lcore = stage->lcore;

	for (uint16_t i = 0; i < lcore->n_touched; i++) {
		uint16_t index = lcore->touched[i];
		const struct member *to = &lcore->topology->member[index];
		struct batch *batch = &lcore->batch[index];

		if (to->watched)
			guarded_deliver(lcore, to, index, batch);
		if (batch->n == 0)
			continue;
		trace->to[trace->n_to].port = to->id;
		trace->to[trace->n_to++].tag = tag_at(batch->frames[0]);
	}
}

static uint16_t
port_at(const struct vswitch *sw, const struct rte_ether_addr *address, uint16_t domain,
	uint16_t own)
{
	struct fdb_place place;

	return fdb_find(sw->fdb, key_of(address, domain, own), &place) ? place.port : FDB_NONE;
}

static enum trace_source
source_after(const struct decision *decision, uint16_t from, uint16_t before, uint16_t after)
{
	if (decision->to == TO_NONE && decision->drop == DROP_ADDRESS_HELD)
		return SOURCE_HELD;
	if (after == from)
		return before == from ? SOURCE_KNOWN
				      : (before == FDB_NONE ? SOURCE_LEARNED : SOURCE_MOVED);
	return decision->to == TO_NONE ? SOURCE_UNSEEN : SOURCE_OTHER;
}

/* Where addresses are, and what it learned. */
static void
collect_addresses(const struct stage *stage, const struct vswitch *sw, const struct member *from,
	const struct frame *frame, struct trace *trace)
{
	const struct decision *decision = &trace->decision;
	uint32_t length;
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame->head;
	const struct rte_ether_hdr *behind = behind_tag(frame, decision->form, &length);
	uint16_t own = decision->domain ? 0 : own_vlan(tag_of(behind, length));

	if (from->relayed || frame->length < sizeof(*eth))
		return;
	trace->source_at = port_at(sw, &eth->src_addr, decision->domain, own);
	trace->destination_at = port_at(sw, &eth->dst_addr, decision->domain, own);
	trace->source = source_after(decision, from->id, trace->source_at,
		port_at(stage->sw, &eth->src_addr, decision->domain, own));
}

/* The way of forward_mbufs() and of classify_each() (burst.c). */
static void
forward(struct stage *stage, const struct vswitch *sw, const struct member *from, uint32_t length,
	struct trace *trace)
{
	struct lcore *lcore = stage->lcore;
	struct decision *decision = &trace->decision;
	bool per_guest = from->mode == VLAN_MODE_PER_GUEST;
	struct frame frame;
	int tag = -1;

	lcore->source = from->id;
	decision->domain = from->vlan; /* if nobody comes as far as that */
	if (!from->dpdk)
		frame_of_guest(stage, &frame, length);
	else if (!frame_of_device(stage, from, &frame, length, per_guest ? &tag : NULL))
		return;
	if (from->guarded && !guarded_admits(lcore, from, &frame))
		return;
	trace->decided = true;
	if (per_guest)
		classify_tagged(
			stage->sw, lcore->topology, from, &frame, tag, lcore->now, decision);
	else
		classify(stage->sw, lcore->topology, from, &frame, lcore->now, decision);
	stage_or_drop(lcore, from, &frame, decision);
	collect_addresses(stage, sw, from, &frame, trace);
	collect_receivers(stage, trace);
}

bool
trace_run(struct vswitch *sw, const struct port *port, const uint8_t *bytes, uint32_t length,
	struct trace *trace)
{
	struct stage stage;
	int place;

	*trace = (struct trace){.decision.domain = port->config.vlan,
		.source_at = FDB_NONE,
		.destination_at = FDB_NONE};
	if (!stage_open(&stage, sw, bytes, length))
		return false;
	/* Guests wait for the lock, so it is held only while their ports and rings are looked at.
	 */
	pthread_mutex_lock(&sw->lock);
	copy_topology(stage.sw, sw);
	place = stage.lcore->topology->index[port->id];
	if (place < 0)
		add_drop(trace, port->id, absence(place));
	else
		forward(&stage, sw, &stage.lcore->topology->member[place], length, trace);
	pthread_mutex_unlock(&sw->lock);
	collect_drops(&stage, trace);
	stage_close(&stage);
	return true;
}
