/*
 * libFuzzer target: guests and an uplink that send any frames, while ports come, go, change their
 * VLAN and get fixed addresses. Each decision is held against the rules of classify.h, told once
 * more in a simple way: a list of who used an address last. What must hold above all: no frame goes
 * back to its sender, into another VLAN, to a guest whose address it is not, or outside without
 * the right tag; and frames that begin alike go the same way, as forward.c relies on.
 *
 * Input: settings, then events.
 */
#include <string.h>
#include <sys/random.h>

#include <rte_ring.h>

#include "classify.h"
#include "fdb.h"
#include "uplink.h"
#include "vswitch.h"

#include "../fuzz/input.h"
#include "../ring/ring.h"

#define PORTS 6
#define EVENTS 128
#define FDB_BUCKETS 16
#define LEARNED_RING 64
#define NOBODY UINT16_MAX

/* Who used an address last, as far as the switch may believe it. */
struct holder {
	uint64_t key;
	uint16_t port; /* or UPLINK_ID */
	bool fixed;
};

static const uint16_t vlans[] = {0, 5, 4094, 1001};
static const int tags[] = {-1, 0, 5, 7, 4094, 4095};

static struct vswitch *sw;
static struct topology topology;
static struct member ports[PORTS];
static bool is_up[PORTS];
static struct holder holders[2 * EVENTS];
static uint16_t n_holders;
static struct fdb_stats before;
static uint32_t now;
static bool promiscuous;

bool
uplink_is_promiscuous(const struct uplink *uplink)
{
	(void)uplink;
	return promiscuous;
}

/* The table's secret is a constant here, so that an input means the same each time. */
ssize_t
getrandom(void *to, size_t length, unsigned int flags)
{
	(void)flags;
	memset(to, 0x9d, length);
	return (ssize_t)length;
}

static struct holder *
holder_of(uint64_t key)
{
	for (uint16_t i = 0; i < n_holders; i++)
		if (holders[i].key == key)
			return &holders[i];
	return NULL;
}

/* NOBODY when the address is not in the table any more: it was pushed out, or never got in. */
static uint16_t
port_of(uint64_t key)
{
	const struct holder *holder = holder_of(key);

	return holder && fdb_lookup(sw->fdb, key) != FDB_NONE ? holder->port : NOBODY;
}

static struct holder *
make_holder(uint64_t key, uint16_t port)
{
	struct holder *holder = holder_of(key);

	if (!holder) {
		MUST(n_holders < sizeof(holders) / sizeof(*holders));
		holder = &holders[n_holders++];
		*holder = (struct holder){.key = key};
	}
	holder->port = port;
	return holder;
}

static void
used_by(uint64_t key, uint16_t port)
{
	const struct holder *holder = holder_of(key);
	struct fdb_stats after;

	fdb_get_stats(sw->fdb, &after);
	/* A port that holds as many as it may gets no more. */
	if (after.refused == before.refused && !(holder && holder->fixed))
		make_holder(key, port);
}

static void
forget_port(uint16_t port)
{
	fdb_flush_port(sw->fdb, port);
	for (uint16_t i = 0; i < n_holders; i++)
		if (holders[i].port == port)
			holders[i--] = holders[--n_holders];
}

/* As port.c does. */
static void
publish(void)
{
	topology_clear(&topology);
	for (uint16_t i = 0; i < PORTS; i++)
		if (is_up[i])
			topology_add(&topology, &ports[i]);
}

static void
set_vlan(uint16_t id, uint16_t vlan)
{
	ports[id].vlan = vlan;
	ports[id].tag = vlan ? vlan : UPLINK_TAG_BASE + id;
}

static void
set_up(struct input *input)
{
	uint8_t settings = input_byte(input), limit = input_byte(input);

	fdb_destroy(sw->fdb);
	sw->fdb = fdb_create(FDB_BUCKETS, limit & 1 ? ADDRESS_LIMIT : 1 + limit % 8);
	MUST(sw->fdb);
	sw->vm2vm = settings % 3;
	sw->uplink = settings & 4 ? (struct uplink *)sw : NULL;
	sw->vlan_strip = true;
	sw->max_frame = settings & 8 ? FRAME_LARGEST : FRAME_STANDARD;
	promiscuous = settings & 16;
	n_holders = 0;
	now = 1;
	for (uint16_t i = 0; i < PORTS; i++) {
		uint8_t byte = input_byte(input);

		ports[i] = (struct member){.id = i};
		set_vlan(i, vlans[byte % 4]);
		is_up[i] = !(byte & 128);
	}
	publish();
}

static void
write_mac(uint8_t *to, uint8_t what)
{
	memset(to, what & 16 ? 0xff : 0, 6);
	if (what & 32) /* zero, broadcast */
		return;
	to[0] = what & 64 ? 3 : 2;
	to[5] = what & 7;
}

/* Any frame, most of them such that they meet others. Returns how many bytes it has. */
static uint32_t
write_frame(struct input *input, struct frame *frame)
{
	static const uint32_t lengths[] = {
		60, 13, 14, 17, 18, FRAME_STANDARD, FRAME_STANDARD + 1, FRAME_LARGEST + 1};
	uint8_t what = input_byte(input);
	int tag = tags[(what >> 4) % 6];

	memset(frame, 0, sizeof(*frame));
	for (int i = 0; what & 8 && i < DECISIVE_BYTES + 2; i++)
		frame->head[i] = input_byte(input);
	if (!(what & 8)) {
		write_mac(frame->head, input_byte(input));
		write_mac(frame->head + 6, input_byte(input));
		if (tag >= 0)
			memcpy(frame->head + 12, (uint8_t[]){0x81, 0, tag >> 8, tag}, 4);
	}
	frame->length = what & 128 ? input_short(input) : lengths[what % 8];
	frame->head_length = RTE_MIN(frame->length, (uint32_t)FRAME_HEAD);
	return frame->length;
}

static bool
is_same(struct decision one, struct decision other)
{
	return one.to == other.to &&
	       (one.to == TO_NONE ? one.drop == other.drop && one.drop_at == other.drop_at
				  : one.to >= 0 || one.tag == other.tag);
}

/* Tag in the frame's own bytes, -1: none. */
static int
own_tag(const struct frame *frame)
{
	if (frame->length < 18 || frame->head[12] != 0x81 || frame->head[13] != 0)
		return -1;
	return (frame->head[14] & 15) << 8 | frame->head[15];
}

static uint64_t
key_of(const uint8_t *mac, const struct member *of, int tag)
{
	uint16_t vlan = of->vlan ? of->vlan : tag < 0 ? 0 : RTE_MIN(tag, VLAN_MAX);

	return fdb_key(mac, vlan, of->vlan);
}

static bool
is_group(const uint8_t *mac)
{
	return mac[0] & 1;
}

/* Why nobody takes such a frame, or DROP_REASONS. from: NULL for the uplink. */
static enum drop
flaw(const struct frame *frame, const struct member *from)
{
	static const uint8_t zero[6];
	const uint8_t *source = frame->head + 6;

	if (frame->length < 14)
		return DROP_TOO_SHORT;
	if (frame->length > sw->max_frame)
		return DROP_TOO_LONG;
	if (is_group(source) || !memcmp(source, zero, 6))
		return DROP_BAD_SOURCE;
	if (from && from->has_mac && memcmp(source, from->mac, 6) != 0)
		return DROP_SPOOFED;
	if (from && from->vlan && own_tag(frame) > 0)
		return DROP_VLAN_TAGGED;
	return DROP_REASONS;
}

static bool
is_dropped(struct decision decision, uint16_t at, enum drop reason)
{
	return decision.to == TO_NONE && decision.drop_at == at && decision.drop == reason;
}

/* A frame from a guest to an address that `holder` has. */
static void
check_known(struct decision decision, const struct member *from, uint16_t holder)
{
	const struct member *to = holder < PORTS ? &ports[holder] : NULL;

	if (holder == from->id) {
		MUST(is_dropped(decision, holder, DROP_SAME_PORT));
	} else if (to && !is_up[holder]) {
		MUST(is_dropped(decision, holder, DROP_NOT_READY));
	} else if (to && to->vlan != from->vlan) {
		MUST(decision.to == TO_FLOOD && decision.tag == from->tag);
	} else if (to && sw->vm2vm == VM2VM_SOFTWARE) {
		MUST(decision.to == topology.index[holder]);
	} else if (!sw->uplink) {
		MUST(is_dropped(decision, from->id, DROP_NO_PORT));
	} else {
		MUST(decision.to == TO_UPLINK && decision.tag == (to ? to->tag : from->tag));
	}
}

static void
check_guest(struct decision decision, const struct member *from, const struct frame *frame)
{
	enum drop reason = flaw(frame, from);
	int tag = own_tag(frame);
	uint16_t holder;

	if (reason != DROP_REASONS) {
		MUST(is_dropped(decision, from->id, reason));
		return;
	}
	used_by(key_of(frame->head + 6, from, tag), from->id);
	holder = port_of(key_of(frame->head, from, tag));
	if (decision.to >= 0) {
		const struct member *to = &topology.member[decision.to];

		MUST(decision.to < topology.n && to->id != from->id && to->vlan == from->vlan);
	}
	if (sw->vm2vm == VM2VM_UPLINK && sw->uplink)
		MUST(decision.to == TO_UPLINK && decision.tag == from->tag);
	else if (sw->vm2vm == VM2VM_UPLINK)
		MUST(is_dropped(decision, from->id, DROP_NO_PORT));
	else if (is_group(frame->head) || holder == NOBODY)
		MUST(decision.to == TO_FLOOD && decision.tag == from->tag);
	else
		check_known(decision, from, holder);
}

static const struct member *
owner_of(int tag)
{
	for (uint16_t i = 0; i < topology.n; i++)
		if (topology.member[i].tag == tag)
			return &topology.member[i];
	return NULL;
}

static void
check_uplink(struct decision decision, const struct frame *frame, int tag)
{
	const struct member *owner = owner_of(tag);
	enum drop reason = flaw(frame, NULL);
	uint64_t source;
	uint16_t holder;

	if (reason == DROP_REASONS && !owner)
		reason = DROP_TAG_UNKNOWN;
	if (reason == DROP_REASONS && is_group(frame->head) && !promiscuous)
		reason = DROP_MULTICAST;
	if (owner && (reason == DROP_REASONS || reason == DROP_MULTICAST)) {
		source = key_of(frame->head + 6, owner, own_tag(frame));
		holder = port_of(source);
		/* A guest that is there keeps its address. */
		if (holder >= PORTS || !is_up[holder])
			used_by(source, UPLINK_ID);
	}
	if (reason != DROP_REASONS) {
		MUST(is_dropped(decision, UPLINK_ID, reason));
		return;
	}
	if (is_group(frame->head)) {
		MUST(decision.to == TO_FLOOD && decision.tag == tag);
		return;
	}
	holder = port_of(key_of(frame->head, owner, own_tag(frame)));
	if (holder < PORTS && is_up[holder] && ports[holder].tag == tag)
		MUST(decision.to == topology.index[holder]);
	else
		MUST(is_dropped(decision, UPLINK_ID, DROP_UNMATCHED));
}

static struct decision
decide(const struct member *from, const struct frame *frame, int tag)
{
	struct decision decision;

	if (from)
		classify_guest(sw, &topology, from, frame, now, &decision);
	else
		classify_uplink(sw, &topology, frame, tag, now, &decision);
	return decision;
}

/* Nothing behind the frame's end, nor behind what decides, makes a difference. */
static void
check_alike(struct decision decision, const struct member *from, struct frame *frame, int tag)
{
	uint32_t known = RTE_MIN(frame->length, (uint32_t)DECISIVE_BYTES);

	memset(frame->head + known, 0x81, FRAME_HEAD - known);
	MUST(is_same(decision, decide(from, frame, tag)));
	if (decision.to == TO_NONE || frame->length < DECISIVE_BYTES)
		return;
	frame->length = frame->length == sw->max_frame ? DECISIVE_BYTES : sw->max_frame;
	MUST(is_same(decision, decide(from, frame, tag)));
}

static void
send_frame(struct input *input, uint8_t from)
{
	const struct member *member = NULL;
	struct decision decision;
	struct frame frame;
	uint32_t length = write_frame(input, &frame);
	int tag = -1;

	if (from < topology.n)
		member = &topology.member[from];
	else if (input_byte(input) % 4)
		tag = ports[input_byte(input) % PORTS].tag;
	else
		tag = input_short(input) % 4097 - 1; /* -1: none */
	if (!member && !sw->uplink)
		return;
	fdb_get_stats(sw->fdb, &before);
	decision = decide(member, &frame, tag);
	MUST(frame.length == length);
	if (member)
		check_guest(decision, member, &frame);
	else
		check_uplink(decision, &frame, tag);
	check_alike(decision, member, &frame, tag);
}

/* An address fixed or free, as port.set does. */
static void
set_mac(uint16_t id, uint8_t what)
{
	struct member *port = &ports[id];
	struct holder *holder;
	uint64_t key;

	if (port->has_mac) {
		key = key_of(port->mac, port, -1);
		fdb_unpin(sw->fdb, key, now);
		holder = holder_of(key);
		if (holder)
			holder->fixed = false;
	}
	port->has_mac = what & 8;
	if (!port->has_mac)
		return;
	forget_port(id);
	write_mac(port->mac, what & 7);
	key = key_of(port->mac, port, -1);
	MUST(fdb_pin(sw->fdb, key, id));
	make_holder(key, id)->fixed = true;
}

static void
age(void)
{
	now += 10;
	fdb_age(sw->fdb, now, 5, FDB_BUCKETS);
	for (uint16_t i = 0; i < n_holders; i++) {
		bool gone = fdb_lookup(sw->fdb, holders[i].key) == FDB_NONE;

		MUST(gone || holders[i].fixed);
		if (gone)
			holders[i--] = holders[--n_holders];
	}
}

static void
happen(struct input *input)
{
	uint8_t what = input_byte(input), more;
	uint16_t id = (what >> 4) % PORTS;
	void *item;

	switch (what % 16) {
	case 0:
		is_up[id] = !is_up[id];
		break;
	case 1: /* another port has the number now; its addresses are forgotten a little later */
		more = input_byte(input);
		if (!ports[id].has_mac)
			set_vlan(id, vlans[more % 4]);
		break;
	case 2:
		set_mac(id, input_byte(input));
		break;
	case 3:
		age();
		break;
	case 4:
		forget_port(id);
		if (ports[id].has_mac) /* as port_refresh() does */
			set_mac(id, ports[id].mac[5] | 8);
		break;
	case 5:
		now++;
		while (rte_ring_dequeue(sw->learned, &item) == 0)
			MUST(((uintptr_t)item >> 48 & 0x7fff) < PORTS);
		break;
	default:
		send_frame(input, what >> 4);
		return;
	}
	publish();
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	sw = calloc(1, sizeof(*sw));
	MUST(sw);
	/* A ring in plain memory: no EAL is needed. */
	sw->learned = aligned_alloc(64, 8192);
	MUST(sw->learned && rte_ring_init(sw->learned, "learned", LEARNED_RING, 0) == 0);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};

	set_up(&input);
	for (int i = 0; i < EVENTS && input.left > 0; i++)
		happen(&input);
	return 0;
}
