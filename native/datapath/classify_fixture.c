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

#include <rte_ring.h>

#include "uplink.h"

#include "classify_fixture.h"

struct vswitch *sw;
struct topology topology;
struct frame frame;
bool promiscuous;

/* Stand-in: classification only asks whether the uplink is promiscuous. */
bool
uplink_is_promiscuous(const struct uplink *uplink)
{
	(void)uplink;
	return promiscuous;
}

int
set_up(void **state)
{
	static const uint16_t vlans[] = {0, 0, 50, 50};
	/* A ring in plain memory: no EAL is needed. */
	struct rte_ring *ring = aligned_alloc(64, 8192);

	(void)state;
	assert_non_null(ring);
	sw = calloc(1, sizeof(*sw));
	assert_non_null(sw);
	sw->fdb = fdb_create(64, 100);
	sw->max_frame = FRAME_STANDARD;
	sw->vm2vm = VM2VM_SOFTWARE;
	sw->vlan_strip = true;
	assert_int_equal(rte_ring_init(ring, "learned", 64, 0), 0);
	sw->learned = ring;
	topology_clear(&topology);
	for (uint16_t i = 0; i < 4; i++)
		topology_add(&topology,
			&(struct member){
				.id = i, .vlan = vlans[i], .tag = vlans[i] ? vlans[i] : 1000 + i});
	promiscuous = false;
	return 0;
}

int
tear_down(void **state)
{
	(void)state;
	fdb_destroy(sw->fdb);
	free(sw->learned);
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

struct decision
inside(const struct member *from)
{
	struct decision decision;

	classify_guest(sw, &topology, from, &frame, 1, &decision);
	return decision;
}

struct decision
coming(int tag)
{
	struct decision decision;

	classify_uplink(sw, &topology, &frame, tag, 1, &decision);
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
dropped(struct decision decision, uint16_t at, enum drop reason)
{
	assert_int_equal(decision.to, TO_NONE);
	assert_int_equal(decision.drop_at, at);
	assert_int_equal(decision.drop, reason);
}
