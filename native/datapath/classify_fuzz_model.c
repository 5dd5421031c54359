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

/* VLAN of the 802.1Q tag `skip` bytes behind the addresses, -1: none, or not a whole one. */
static int
vlan_at(const struct frame *frame, uint32_t skip)
{
	const uint8_t *at = frame->head + 12 + skip;

	if (frame->length < 12 + skip + 6 || at[0] != 0x81 || at[1] != 0)
		return -1;
	return (at[2] & 15) << 8 | at[3];
}

/* Whether somebody may take what is there for a VLAN. */
static bool
looks_tagged(const struct frame *frame, uint32_t skip)
{
	const uint8_t *at = frame->head + 12 + skip;

	if (frame->length < 12 + skip + 2 || !is_tag(at))
		return false;
	return vlan_at(frame, skip) != 0 || is_tag(at + 4);
}

/* What a frame is: in which VLAN, how it came, under which VLAN's name its addresses are kept. */
struct meaning {
	enum drop flaw; /* DROP_REASONS: none */
	uint16_t domain, own;
	enum form form;
	bool stray;                 /* tags beside that of its VLAN */
	const struct member *owner; /* the only one that may get it */
};

static bool
in_trunk(const struct member *port, int vlan)
{
	return vlan <= VLAN_MAX && vlan_set_has(&trunks[port->id], vlan);
}

static const struct member *
owner_of(int tag)
{
	for (uint16_t i = 0; i < topology.n; i++) {
		const struct member *member = &topology.member[i];

		if (!member->is_device && member->vlan == 0 && member->tag == tag)
			return member;
	}
	return NULL;
}

/* Whether any port but devices with a tag per guest has a VLAN. */
static bool
is_carried(int vlan)
{
	for (uint16_t i = 0; i < topology.n; i++) {
		const struct member *member = &topology.member[i];
		enum vlan_mode mode = member->mode;

		if (mode == VLAN_MODE_PER_GUEST)
			continue;
		if (vlan > 0 && member->vlan == vlan)
			return true;
		if ((mode == VLAN_MODE_TRUNK || mode == VLAN_MODE_NATIVE_TAGGED ||
			    mode == VLAN_MODE_NATIVE_UNTAGGED) &&
			in_trunk(member, vlan))
			return true;
	}
	return false;
}

static struct meaning
meaning_at_per_guest(const struct frame *frame, int tag)
{
	struct meaning meaning = {.flaw = DROP_REASONS};
	uint32_t skip = sw->vlan_strip ? 0 : RTE_MIN(frame->length, 4u);
	int inner = vlan_at(frame, skip);

	meaning.owner = tag < 0 ? NULL : owner_of(tag);
	meaning.form = sw->vlan_strip ? FORM_PLAIN : FORM_KEPT;
	meaning.stray = looks_tagged(frame, skip);
	if (tag < 0 || (!meaning.owner && !is_carried(tag)))
		meaning.flaw = DROP_TAG_UNKNOWN;
	else if (meaning.owner)
		meaning.own = inner < 0 ? 0 : RTE_MIN(inner, VLAN_MAX);
	else if (meaning.stray)
		meaning.flaw = DROP_VLAN_TAGGED;
	if (!meaning.owner && tag >= 0)
		meaning.domain = tag;
	return meaning;
}

static struct meaning
meaning_of(const struct member *from, const struct frame *frame, int tag)
{
	struct meaning meaning = {.flaw = DROP_REASONS, .domain = from->vlan, .form = FORM_PLAIN};
	int first = vlan_at(frame, 0);

	switch (from->mode) {
	case VLAN_MODE_PER_GUEST:
		return meaning_at_per_guest(frame, tag);
	case VLAN_MODE_TRANSPARENT:
		break;
	case VLAN_MODE_ACCESS:
		if (from->vlan == 0)
			break;
		if (looks_tagged(frame, 0))
			meaning.flaw = DROP_VLAN_TAGGED;
		if (first == 0)
			meaning.form = FORM_PRIORITY;
		return meaning;
	default:
		if (first > 0) {
			meaning.form = FORM_TAGGED;
			meaning.domain = first;
			meaning.stray = looks_tagged(frame, 4);
			if (first != from->vlan && !in_trunk(from, first))
				meaning.flaw = DROP_VLAN_UNKNOWN;
			return meaning;
		}
		if (first == 0)
			meaning.form = FORM_PRIORITY;
		if (looks_tagged(frame, 0))
			meaning.flaw = DROP_VLAN_TAGGED;
		else if (from->mode == VLAN_MODE_TRUNK)
			meaning.flaw = DROP_VLAN_UNKNOWN;
		return meaning;
	}
	/* Tags are the guest's own. */
	meaning.stray = looks_tagged(frame, 0);
	if (from->vlan == 0)
		meaning.own = first < 0 ? 0 : RTE_MIN(first, VLAN_MAX);
	return meaning;
}

static uint64_t
key_of(const uint8_t *mac, const struct meaning *meaning)
{
	uint16_t vlan = meaning->domain ? meaning->domain : meaning->own;

	return fdb_key(mac, vlan, meaning->domain != 0);
}

uint64_t
own_key(const struct member *port)
{
	const struct meaning meaning = {.domain = port->vlan};

	return key_of(port->mac, &meaning);
}

/* How a port shows frames of a VLAN. */
enum shown { NOT, BARE, WITH_TAG };

static enum shown
shown_by(const struct member *to, uint16_t domain)
{
	switch (to->mode) {
	case VLAN_MODE_ACCESS:
	case VLAN_MODE_TRANSPARENT:
		return to->vlan == domain ? BARE : NOT;
	case VLAN_MODE_PER_GUEST:
		return domain && owner_of(domain) ? NOT : WITH_TAG;
	case VLAN_MODE_NATIVE_UNTAGGED:
		if (to->vlan == domain)
			return BARE;
		break;
	case VLAN_MODE_NATIVE_TAGGED:
		if (to->vlan == domain)
			return WITH_TAG;
		break;
	default:
		break;
	}
	return domain && in_trunk(to, domain) ? WITH_TAG : NOT;
}

static bool
is_open(const struct member *to)
{
	return to->mode == VLAN_MODE_TRANSPARENT || (to->mode == VLAN_MODE_ACCESS && to->vlan == 0);
}

static enum retag
change_for(enum form form, enum shown shown)
{
	if (form == FORM_KEPT)
		return RETAG_NO;
	if (shown == WITH_TAG)
		return form == FORM_PLAIN      ? RETAG_PUSH
		       : form == FORM_PRIORITY ? RETAG_RENUMBER
					       : RETAG_NO;
	return form == FORM_TAGGED ? RETAG_POP : RETAG_NO;
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
	if (!own && (holder->fixed || !(is_silent(holder) || !is_up[port])))
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

/* Whether a device may bring a frame from an address. */
static bool
may_come(uint64_t key)
{
	struct holder *holder = holder_of(key);
	uint16_t port = port_of(key);
	bool loop = sw->vm2vm != VM2VM_SOFTWARE;

	if (port == NOBODY || port == DEVICE) {
		note(key, DEVICE);
		return true;
	}
	if (is_up[port] && holder->fixed)
		return loop;
	if (!is_up[port] || !loop || is_silent(holder))
		if (note(key, DEVICE))
			holder->fixed = false;
	return true;
}

static bool
is_group(const uint8_t *mac)
{
	return mac[0] & 1;
}

/* Why any switch drops such a frame, or DROP_REASONS. */
static enum drop
flaw_of(const struct frame *frame, const struct member *from)
{
	static const uint8_t zero[6];
	const uint8_t *source = frame->head + 6;

	if (frame->length < 14)
		return DROP_TOO_SHORT;
	if (frame->length > sw->max_frame)
		return DROP_TOO_LONG;
	if (is_group(source) || !memcmp(source, zero, 6))
		return DROP_BAD_SOURCE;
	if (from->only_mac && memcmp(source, from->mac, 6) != 0)
		return DROP_SPOOFED;
	return DROP_REASONS;
}

static void
must_be_dropped(struct decision decision, uint16_t at, enum drop reason)
{
	MUST(decision.to == TO_NONE && decision.drop_at == at && decision.drop == reason);
}

/* All guests' frames go to the device with a tag per guest, if there is one. */
static void
must_leave(struct decision decision, const struct member *from, const struct meaning *meaning,
	uint16_t tag)
{
	if (!is_up[DEVICE] || ports[DEVICE].mode != VLAN_MODE_PER_GUEST) {
		must_be_dropped(decision, from->id, DROP_NO_PORT);
		return;
	}
	MUST(decision.to == topology.index[DEVICE]);
	MUST(decision.retag == change_for(meaning->form, WITH_TAG));
	MUST(decision.retag == RETAG_NO || decision.tag == tag);
}

/* A frame to an address that `holder` has; of a port, or of a VLAN at the device. */
static void
must_reach(struct decision decision, const struct member *from, const struct meaning *meaning,
	uint16_t holder)
{
	const struct member *to = &ports[holder];
	enum shown shown = shown_by(to, meaning->domain);
	bool lost = holder == from->id || !is_up[holder];

	if (from->mode == VLAN_MODE_PER_GUEST && (lost || shown == NOT)) {
		must_be_dropped(decision, from->id, DROP_UNMATCHED);
	} else if (lost) {
		must_be_dropped(
			decision, holder, holder == from->id ? DROP_SAME_PORT : DROP_NOT_READY);
	} else if (shown == NOT) {
		MUST(decision.to == TO_FLOOD);
	} else if (from->isolated && to->isolated) {
		must_be_dropped(decision, from->id, DROP_ISOLATED);
	} else if (sw->vm2vm == VM2VM_HARDWARE && holder != DEVICE && from->id != DEVICE) {
		must_leave(decision, from, meaning, to->tag);
	} else if (meaning->stray && shown == BARE && !is_open(to)) {
		must_be_dropped(decision, from->id, DROP_VLAN_TAGGED);
	} else {
		MUST(decision.to == topology.index[holder]);
		MUST(decision.retag == change_for(meaning->form, shown));
	}
}

static void
check_per_guest(struct decision decision, const struct member *from, const struct frame *frame,
	const struct meaning *meaning)
{
	uint16_t holder = port_of(key_of(frame->head, meaning));
	bool group = is_group(frame->head);

	if (group && !sw->promiscuous)
		must_be_dropped(decision, from->id, DROP_MULTICAST);
	else if (meaning->owner && (group || holder == meaning->owner->id ||
					   (holder == NOBODY && sw->promiscuous &&
						   !fdb_holds(sw->fdb, meaning->owner->id))))
		MUST(decision.to == topology.index[meaning->owner->id] &&
			decision.retag == RETAG_NO);
	else if (meaning->owner || (holder == NOBODY && !sw->promiscuous && !group))
		must_be_dropped(decision, from->id, DROP_UNMATCHED);
	else if (group || holder == NOBODY)
		MUST(decision.to == TO_FLOOD);
	else
		must_reach(decision, from, meaning, holder);
}

void
check(struct decision decision, const struct member *from, const struct frame *frame, int tag,
	bool anew)
{
	enum drop flaw = flaw_of(frame, from);
	struct meaning meaning;
	uint16_t holder;
	uint64_t key;

	if (flaw != DROP_REASONS) {
		must_be_dropped(decision, from->id, flaw);
		return;
	}
	meaning = meaning_of(from, frame, tag);
	if (meaning.flaw != DROP_REASONS) {
		must_be_dropped(decision, from->id, meaning.flaw);
		return;
	}
	key = key_of(frame->head + 6, &meaning);
	if (anew && !(from->id == DEVICE ? may_come(key) : may_use(from, frame->head + 6, key))) {
		must_be_dropped(decision, from->id, DROP_ADDRESS_HELD);
		return;
	}
	if (from->mode == VLAN_MODE_PER_GUEST) {
		check_per_guest(decision, from, frame, &meaning);
		return;
	}
	MUST(decision.to == TO_NONE || decision.domain == meaning.domain);
	holder = port_of(key_of(frame->head, &meaning));
	if (sw->vm2vm == VM2VM_UPLINK && from->id != DEVICE)
		must_leave(decision, from, &meaning, meaning.domain ? meaning.domain : from->tag);
	else if (is_group(frame->head) || holder == NOBODY)
		MUST(decision.to == TO_FLOOD);
	else
		must_reach(decision, from, &meaning, holder);
}
