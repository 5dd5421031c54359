/*
 * Fuzz fixture: a simple model of the rules of classify.h (classify_fuzz_model.h).
 */
#include <string.h>

#include "classify_fuzz_frames.h"
#include "classify_fuzz_model.h"

#define NOBODY UINT16_MAX

#define HOLDERS (4 * EVENTS * BURST_FRAMES)

static struct holder holders[HOLDERS];
static uint16_t n_holders;
static uint64_t known_evicted; /* the holders are as of then */
/* Addresses that a port took in a second. */
static struct {
	uint32_t second, n;
} moves[PORTS];

void
holders_clear(void)
{
	n_holders = 0;
	known_evicted = 0;
	memset(moves, 0, sizeof(moves));
}

void
holders_aged(void)
{
	for (uint16_t i = 0; i < n_holders; i++) {
		bool gone = fdb_lookup(sw->fdb, holders[i].key) == FDB_NONE;

		MUST(gone || holders[i].fixed);
		if (gone)
			holders[i--] = holders[--n_holders];
	}
}

void
holders_evicted(void)
{
	if (before.evicted == known_evicted)
		return;
	known_evicted = before.evicted;
	for (uint16_t i = 0; i < n_holders; i++) {
		if (fdb_lookup(sw->fdb, holders[i].key) != FDB_NONE)
			continue;
		MUST(!holders[i].fixed);
		holders[i--] = holders[--n_holders];
	}
}

struct holder *
holder_of(uint64_t key)
{
	for (uint16_t i = 0; i < n_holders; i++)
		if (holders[i].key == key)
			return &holders[i];
	return NULL;
}

/* NOBODY when the address is not in the table: it was evicted, or refused. */
static uint16_t
port_of(uint64_t key)
{
	const struct holder *holder = holder_of(key);

	return holder && fdb_lookup(sw->fdb, key) != FDB_NONE ? holder->port : NOBODY;
}

struct holder *
make_holder(uint64_t key, uint16_t port)
{
	struct holder *holder = holder_of(key);

	if (!holder) {
		MUST(n_holders < sizeof(holders) / sizeof(*holders));
		holder = &holders[n_holders++];
		*holder = (struct holder){.key = key};
	}
	holder->port = port;
	holder->seen = now;
	return holder;
}

void
forget_port(uint16_t port)
{
	fdb_flush_port(sw->fdb, port);
	for (uint16_t i = 0; i < n_holders; i++)
		if (holders[i].port == port)
			holders[i--] = holders[--n_holders];
}

/* Bytes of the tag by which the uplink's frames are told apart, where guests see it. */
static uint32_t
tag_before(const struct frame *frame, const struct member *from)
{
	return from || sw->vlan_strip ? 0 : RTE_MIN(frame->length, 4u);
}

/* Tag in the frame's own bytes, -1: none. */
static int
own_tag(const struct frame *frame, const struct member *from)
{
	uint32_t at = tag_before(frame, from) + 12;

	if (frame->length < at + 6 || frame->head[at] != 0x81 || frame->head[at + 1] != 0)
		return -1;
	return (frame->head[at + 2] & 15) << 8 | frame->head[at + 3];
}

static bool
is_tag(const uint8_t *at)
{
	static const uint8_t types[][2] = {
		{0x81, 0}, {0x88, 0xa8}, {0x91, 0}, {0x92, 0}, {0x93, 0}};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!memcmp(at, types[i], 2))
			return true;
	return false;
}

/* Whether a frame in a VLAN has a tag that it must not have. */
static bool
is_foreign(const struct frame *frame, const struct member *from)
{
	uint32_t at = tag_before(frame, from) + 12;

	if (frame->length < at + 2 || !is_tag(frame->head + at))
		return false;
	return own_tag(frame, from) != 0 || is_tag(frame->head + at + 4);
}

uint64_t
key_of(const uint8_t *mac, const struct member *of, int tag)
{
	uint16_t vlan = of->vlan ? of->vlan : tag < 0 ? 0 : RTE_MIN(tag, VLAN_MAX);

	return fdb_key(mac, vlan, of->vlan);
}

/* Who sends from an address is noted, unless the port has as many as it may. */
static bool
note(uint64_t key, uint16_t port)
{
	struct fdb_stats after;

	fdb_get_stats(sw->fdb, &after);
	if (after.refused != before.refused)
		return false;
	make_holder(key, port);
	return true;
}

static bool
is_gone(uint16_t port)
{
	return port < PORTS && !is_up[port];
}

static bool
is_silent(const struct holder *holder)
{
	return holder->seen + sw->settings.hold <= now;
}

/* Whether a guest may send from an address. */
static bool
may_use(const struct member *from, const uint8_t *mac, uint64_t key)
{
	struct holder *holder = holder_of(key);
	uint16_t port = port_of(key);
	bool own = from->has_mac && !memcmp(mac, from->mac, 6);
	uint32_t moved = moves[from->id].second == now ? moves[from->id].n : 0;

	if (port == NOBODY || port == from->id) {
		note(key, from->id);
		return true;
	}
	if (!own && (holder->fixed || !(is_silent(holder) || is_gone(port))))
		return false;
	if (moved >= sw->settings.move_limit)
		return false;
	if (note(key, from->id)) {
		moves[from->id].second = now;
		moves[from->id].n = moved + 1;
		holder->fixed = holder->fixed && own;
	}
	return true;
}

/* Whether the uplink may bring a frame from an address. */
static bool
may_come(uint64_t key)
{
	struct holder *holder = holder_of(key);
	uint16_t port = port_of(key);
	bool loop = sw->vm2vm != VM2VM_SOFTWARE;

	if (port == NOBODY || port == UPLINK_ID) {
		note(key, UPLINK_ID);
		return true;
	}
	if (!is_gone(port) && holder->fixed)
		return loop;
	if (is_gone(port) || !loop || is_silent(holder))
		if (note(key, UPLINK_ID))
			holder->fixed = false;
	return true;
}

static bool
is_group(const uint8_t *mac)
{
	return mac[0] & 1;
}

/* Why any switch drops such a frame, or DROP_REASONS. from: NULL for the uplink. */
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
	if (from && from->only_mac && memcmp(source, from->mac, 6) != 0)
		return DROP_SPOOFED;
	if (from && from->vlan && is_foreign(frame, from))
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

void
check_guest(
	struct decision decision, const struct member *from, const struct frame *frame, bool anew)
{
	enum drop reason = flaw(frame, from);
	int tag = own_tag(frame, from);
	uint16_t holder;

	if (reason != DROP_REASONS) {
		MUST(is_dropped(decision, from->id, reason));
		return;
	}
	if (anew && !may_use(from, frame->head + 6, key_of(frame->head + 6, from, tag))) {
		MUST(is_dropped(decision, from->id, DROP_ADDRESS_HELD));
		return;
	}
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

void
check_uplink(struct decision decision, const struct frame *frame, int tag, bool anew)
{
	const struct member *owner = owner_of(tag);
	enum drop reason = flaw(frame, NULL);
	uint16_t holder;

	if (reason == DROP_REASONS && !owner)
		reason = DROP_TAG_UNKNOWN;
	if (reason == DROP_REASONS && owner->vlan && is_foreign(frame, NULL))
		reason = DROP_VLAN_TAGGED;
	if (reason == DROP_REASONS && is_group(frame->head) && !promiscuous)
		reason = DROP_MULTICAST;
	if (anew && owner && (reason == DROP_REASONS || reason == DROP_MULTICAST) &&
		!may_come(key_of(frame->head + 6, owner, own_tag(frame, NULL))))
		reason = DROP_ADDRESS_HELD;
	if (reason != DROP_REASONS) {
		MUST(is_dropped(decision, UPLINK_ID, reason));
		return;
	}
	if (is_group(frame->head)) {
		MUST(decision.to == TO_FLOOD && decision.tag == tag);
		return;
	}
	holder = port_of(key_of(frame->head, owner, own_tag(frame, NULL)));
	if (holder < PORTS && is_up[holder] && ports[holder].tag == tag)
		MUST(decision.to == topology.index[holder]);
	else
		MUST(is_dropped(decision, UPLINK_ID, DROP_UNMATCHED));
}
