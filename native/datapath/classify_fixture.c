/*
 * Test fixture: a switch with four ports (classify_fixture.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "classify_plainly.h"
#include "news.h"

#include "classify_fixture.h"

struct vswitch *sw;
struct topology topology;
struct frame frame;
uint32_t now;
unsigned int told[3];

static struct port ports[U + 1];

/* Stand-in: counts. */
void
news_post(struct vswitch *to, enum news what, uint16_t port, uint64_t key, uint16_t from)
{
	(void)to;
	(void)port;
	(void)key;
	(void)from;
	told[what]++;
}

static void
add(uint16_t id, enum vlan_mode mode, uint16_t vlan, struct device *device)
{
	const struct port_config config = {.vlan_mode = mode, .vlan = vlan};
	struct member member = member_of(&config, id);
	struct vlan_set trunks = {0};

	ports[id].id = id;
	member.port = &ports[id];
	member.is_device = device;
	member.dpdk = device;
	vlan_set_add(&trunks, TRUNK_1);
	vlan_set_add(&trunks, TRUNK_2);
	topology_add(&topology, &member, &trunks);
}

void
add_device(enum vlan_mode mode, uint16_t vlan)
{
	/* Never used: decisions only ask whether there is one. */
	add(U, mode, vlan, (struct device *)sw);
}

/* The whole is made anew, as it is when a port changes. */
void
set_mode(uint16_t port, enum vlan_mode mode, uint16_t vlan)
{
	struct topology before = topology;

	topology_clear(&topology);
	for (uint16_t i = 0; i < before.n; i++) {
		const struct member *member = &before.member[i];

		if (i == port)
			add(i, mode, vlan, member->dpdk);
		else
			topology_add(&topology, member, &before.trunks[i]);
	}
}

void
relay_to(uint16_t port, uint16_t far)
{
	const struct port_config config = {.relay = "r"};
	struct topology before = topology;

	topology_clear(&topology);
	for (uint16_t i = 0; i < before.n; i++) {
		struct member member = before.member[i];

		if (i == port) {
			member = member_of(&config, i);
			member.port = &ports[i];
			member.is_device = before.member[i].is_device;
			member.dpdk = before.member[i].dpdk;
			member.far = far;
		}
		topology_add(&topology, &member, &before.trunks[i]);
	}
}

int
set_up(void **state)
{
	static const uint16_t vlans[] = {0, 0, 50, 50};

	(void)state;
	sw = calloc(1, sizeof(*sw));
	assert_non_null(sw);
	sw->fdb = fdb_create(64, 100);
	sw->max_frame = FRAME_STANDARD;
	sw->vm2vm = VM2VM_SOFTWARE;
	sw->vlan_strip = true;
	sw->settings.hold = 3;
	sw->settings.move_limit = 2;
	now = 1;
	memset(told, 0, sizeof(told));
	memset(ports, 0, sizeof(ports));
	topology_clear(&topology);
	for (uint16_t i = 0; i < 4; i++)
		add(i, VLAN_MODE_ACCESS, vlans[i], NULL);
	return 0;
}

int
tear_down(void **state)
{
	(void)state;
	fdb_destroy(sw->fdb);
	free(sw);
	return 0;
}

void
make(uint8_t to, uint8_t from, int tag)
{
	memset(&frame, 0, sizeof(frame));
	frame.length = frame.head_length = 60;
	frame.head[0] = frame.head[6] = 2;
	frame.head[5] = to;
	frame.head[11] = from;
	if (to == 0xff)
		memset(frame.head, 0xff, 6);
	if (tag >= 0) {
		frame.head[12] = 0x81;
		frame.head[14] = tag >> 8;
		frame.head[15] = tag;
	}
}

int
plainly(const struct member *from)
{
	return classify_plainly(sw, &topology, from, &frame, now);
}

struct decision
inside(const struct member *from)
{
	struct decision decision;
	int place = plainly(from);

	classify(sw, &topology, from, &frame, now, &decision);
	if (place >= 0) {
		assert_int_equal(decision.to, place);
		assert_int_equal(decision.retag, RETAG_NO);
	}
	return decision;
}

struct decision
coming(int tag)
{
	struct decision decision;

	classify_tagged(sw, &topology, &topology.member[U], &frame, tag, now, &decision);
	return decision;
}

struct decision
guest(uint16_t from, uint8_t to, uint8_t source, int tag)
{
	make(to, source, tag);
	return inside(&topology.member[from]);
}

struct decision
outside(uint8_t to, uint8_t source, int tag)
{
	make(to, source, -1);
	return coming(tag);
}

void
pin(uint16_t port, uint8_t mac)
{
	struct member *member = &topology.member[port];

	member->has_mac = member->only_mac = true;
	memcpy(member->mac, (uint8_t[]){2, 0, 0, 0, 0, mac}, 6);
	assert_true(fdb_pin(sw->fdb, fdb_key(member->mac, member->vlan, member->vlan), port));
}

void
dropped(struct decision decision, uint16_t at, enum drop reason)
{
	assert_int_equal(decision.to, TO_NONE);
	assert_int_equal(decision.drop_at, at);
	assert_int_equal(decision.drop, reason);
}
