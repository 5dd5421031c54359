/*
 * libFuzzer target: guests and a device that send any frames, while ports come, go, change their
 * VLANs and get fixed addresses. Each decision is compared with a simple model of the rules
 * (classify_fuzz_model.h). What must hold above all: no frame goes back to its sender, into
 * another VLAN, to a guest whose address it is not, or outside without the right tag. Frames come
 * in bursts, in places that are used again (classify_fuzz_frames.h), and those that begin alike are
 * decided on once, as forward.c does: what the first may do, the others must be allowed to, too.
 *
 * Input: settings, then events.
 */
#include <string.h>
#include <sys/random.h>

#include "classify_fuzz_frames.h"
#include "classify_fuzz_model.h"
#include "classify_plainly.h"
#include "news.h"

#define FDB_BUCKETS 16

static const uint16_t vlans[] = {0, 5, 4094, 1001};

struct vswitch *sw;
struct topology topology;
struct member ports[PORTS];
struct vlan_set trunks[PORTS];
bool is_up[PORTS];
struct fdb_stats before;

uint32_t now;

static struct port real_ports[PORTS];

/* Stand-in. */
void
news_post(struct vswitch *to, enum news what, uint16_t port, uint64_t key, uint16_t from)
{
	MUST(to == sw && what <= NEWS_HELD && port < PORTS && from < PORTS && key & FDB_KEY_USED &&
		!(key >> 40 & 1));
}

/* A constant secret makes runs of one input repeatable. */
ssize_t
getrandom(void *to, size_t length, unsigned int flags)
{
	(void)flags;
	memset(to, 0x9d, length);
	return (ssize_t)length;
}

/* As port.c does. */
static void
publish(void)
{
	topology_clear(&topology);
	for (uint16_t i = 0; i < PORTS; i++)
		if (is_up[i])
			topology_add(&topology, &ports[i], &trunks[i]);
}

/* Settings that port.add would take. */
static void
set_vlans(uint16_t id, uint8_t what)
{
	struct port_config config = {
		.vlan_mode = what / 4 % 8, .vlan = vlans[what % 4], .isolated = what >> 6 & 1};
	struct member former = ports[id];

	if (config.vlan_mode > VLAN_MODE_PER_GUEST ||
		(config.vlan_mode == VLAN_MODE_PER_GUEST && id != DEVICE) ||
		(config.vlan_mode == VLAN_MODE_NATIVE_TAGGED && !config.vlan))
		config.vlan_mode = VLAN_MODE_ACCESS;
	if (config.vlan_mode == VLAN_MODE_TRUNK || config.vlan_mode == VLAN_MODE_PER_GUEST)
		config.vlan = 0;
	memset(&trunks[id], 0, sizeof(trunks[id]));
	if (what & 32)
		vlan_set_fill(&trunks[id]);
	vlan_set_add(&trunks[id], 5);
	vlan_set_add(&trunks[id], 4094);
	ports[id] = member_of(&config, id);
	ports[id].port = &real_ports[id];
	ports[id].is_device = id == DEVICE;
	ports[id].has_mac = former.has_mac;
	ports[id].only_mac = former.only_mac;
	memcpy(ports[id].mac, former.mac, sizeof(former.mac));
}

static void
set_up(struct input *input)
{
	uint8_t settings = input_byte(input), limit = input_byte(input);

	fdb_destroy(sw->fdb);
	sw->fdb = fdb_create(FDB_BUCKETS, limit & 1 ? ADDRESS_LIMIT_MAX : 1 + limit % 8);
	MUST(sw->fdb);
	sw->vm2vm = settings % 3;
	sw->vlan_strip = !(settings & 32);
	sw->max_frame = settings & 8 ? FRAME_LARGEST : FRAME_STANDARD;
	sw->promiscuous = settings & 16;
	holders_clear();
	frames_clear();
	now = 1;
	sw->settings.hold = limit & 2 ? 3 : 0;
	sw->settings.move_limit = limit & 4 ? 100 : limit >> 4;
	memset(real_ports, 0, sizeof(real_ports));
	for (uint16_t i = 0; i < PORTS; i++) {
		uint8_t byte = input_byte(input);

		real_ports[i].id = i;
		memset(&ports[i], 0, sizeof(ports[i]));
		set_vlans(i, byte);
		is_up[i] = !(byte & 128);
	}
	publish();
}

static bool
is_same(struct decision one, struct decision other)
{
	return one.to == other.to &&
	       (one.to == TO_NONE ? one.drop == other.drop && one.drop_at == other.drop_at
				  : one.tag == other.tag && one.domain == other.domain &&
					    one.form == other.form &&
					    (one.to < 0 || one.retag == other.retag));
}

/* Of a plain frame everything is as if it had not been decided on. */
static void
decide_plain(const struct member *from, const struct frame *frame, struct decision *decision)
{
	int place = classify_plainly(sw, &topology, from, frame, now);
	struct fdb_stats stats, after;

	fdb_get_stats(sw->fdb, &stats);
	classify(sw, &topology, from, frame, now, decision);
	fdb_get_stats(sw->fdb, &after);
	MUST(place < 0 || (decision->to == place && decision->retag == RETAG_NO &&
				  !memcmp(&stats, &after, sizeof(stats))));
}

static struct decision
decide(const struct member *from, const struct frame *frame, int tag)
{
	struct decision decision;

	if (from->mode == VLAN_MODE_PER_GUEST)
		classify_tagged(sw, &topology, from, frame, tag, now, &decision);
	else
		decide_plain(from, frame, &decision);
	return decision;
}

/* Bytes behind the frame's end, or behind those that decide, make no difference. */
static void
check_rest(struct decision decision, const struct member *from, const struct frame *frame, int tag)
{
	uint32_t known = RTE_MIN(frame->length, (uint32_t)FRAME_DECISIVE);
	struct frame other = *frame;

	memset(other.head + known, 0x81, FRAME_HEAD - known);
	MUST(is_same(decision, decide(from, &other, tag)));
	if (decision.to == TO_NONE || frame->length < FRAME_DECISIVE)
		return;
	other.length = frame->length == sw->max_frame ? FRAME_DECISIVE : sw->max_frame;
	MUST(is_same(decision, decide(from, &other, tag)));
}

/* What the frames of a burst become, as forward.c and forward_device.c decide it. */
static void
send_burst(struct input *input, const struct member *from, int tag)
{
	const struct frame *last = NULL;
	struct decision decision = {.to = TO_NONE};
	int n = 1 + input_byte(input) % BURST_FRAMES;

	for (int i = 0; i < n; i++) {
		const struct frame *frame = write_frame(input, i);
		struct frame sent = *frame;

		bool anew = !last || !classify_alike(sw, last, frame);

		fdb_get_stats(sw->fdb, &before);
		holders_evicted();
		if (anew)
			decision = decide(from, frame, tag);
		MUST(sent.length == frame->length &&
			!memcmp(sent.head, frame->head, sizeof(sent.head)));
		check(decision, from, frame, tag, anew);
		check_rest(decision, from, frame, tag);
		last = decision.to == TO_NONE ? NULL : frame;
	}
}

static void
send_frames(struct input *input, uint8_t from)
{
	int tag = -1;

	if (topology.n == 0)
		return;
	/* A device with a tag per guest looks at the tag before all else. */
	if (input_byte(input) % 4)
		tag = ports[input_byte(input) % PORTS].tag;
	else
		tag = input_short(input) % 4097 - 1; /* -1: none */
	send_burst(input, &topology.member[from % topology.n], tag);
}

/* Fixes or frees an address, lets others in or not, as port.set does. */
static void
set_mac(uint16_t id, uint8_t what)
{
	struct member *port = &ports[id];
	struct holder *holder;
	uint64_t key;

	if (port->has_mac) {
		key = own_key(port);
		holder = holder_of(key);
		if (holder && holder->fixed && holder->port == id) {
			fdb_unpin(sw->fdb, key, now);
			make_holder(key, id)->fixed = false;
		}
	}
	port->has_mac = what & 8;
	port->only_mac = port->has_mac && !(what & 128);
	if (port->only_mac)
		forget_port(id);
	if (!port->has_mac)
		return;
	write_mac(port->mac, what & 7);
	key = own_key(port);
	MUST(fdb_pin(sw->fdb, key, id));
	make_holder(key, id)->fixed = true;
}

static void
age(void)
{
	now += 10;
	fdb_age(sw->fdb, now, 5, FDB_BUCKETS);
	holders_aged();
}

static void
happen(struct input *input)
{
	uint8_t what = input_byte(input), more;
	uint16_t id = (what >> 4) % PORTS;

	switch (what % 16) {
	case 0:
		is_up[id] = !is_up[id];
		break;
	case 1: /* a new port has the number now; the old addresses are flushed a little later */
		more = input_byte(input);
		if (!ports[id].has_mac)
			set_vlans(id, more);
		break;
	case 2:
		more = input_byte(input);
		if (id != DEVICE)
			set_mac(id, more);
		break;
	case 3:
		age();
		break;
	case 4:
		forget_port(id);
		if (ports[id].has_mac) /* as port_refresh() does */
			set_mac(id, ports[id].mac[5] | 8 | (ports[id].only_mac ? 0 : 128));
		break;
	case 5:
		now++;
		break;
	default:
		send_frames(input, what >> 4);
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
