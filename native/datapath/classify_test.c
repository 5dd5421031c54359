#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ring.h>

#include "classify.h"
#include "fdb.h"
#include "uplink.h"
#include "vswitch.h"

#include "../ring/ring.h"

/* Stand-ins: an uplink is only asked whether it is promiscuous here. */
static bool promiscuous;

bool
uplink_is_promiscuous(const struct uplink *uplink)
{
	(void)uplink;
	return promiscuous;
}

static struct vswitch *sw;
static struct topology topology;
static struct frame frame;

enum { A, B, C, D };

/* A and B in no VLAN, C and D in VLAN 50; guests 0x0a, 0x0b, 0x0c, 0x0d. */
static int
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

static int
tear_down(void **state)
{
	(void)state;
	fdb_destroy(sw->fdb);
	free(sw->learned);
	free(sw);
	return 0;
}

/* A frame of 60 bytes; tag: -1 for none. */
static void
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

static struct decision
inside(const struct member *from)
{
	struct decision decision;

	classify_guest(sw, &topology, from, &frame, 1, &decision);
	return decision;
}

static struct decision
coming(int tag)
{
	struct decision decision;

	classify_uplink(sw, &topology, &frame, tag, 1, &decision);
	return decision;
}

static struct decision
guest(uint16_t from, uint8_t to, uint8_t source, int tag)
{
	make(to, source, tag);
	return inside(&topology.member[from]);
}

static struct decision
outside(uint8_t to, uint8_t source, int tag)
{
	make(to, source, -1);
	return coming(tag);
}

static void
dropped(struct decision decision, uint16_t at, enum drop reason)
{
	assert_int_equal(decision.to, TO_NONE);
	assert_int_equal(decision.drop_at, at);
	assert_int_equal(decision.drop, reason);
}

static void
unknown_is_flooded_known_is_not(void **state)
{
	(void)state;
	assert_int_equal(guest(A, 0x0b, 0x0a, -1).to, TO_FLOOD);
	assert_int_equal(guest(B, 0x0a, 0x0b, -1).to, A);
	assert_int_equal(guest(A, 0x0b, 0x0a, -1).to, B);
	assert_int_equal(guest(A, 0xff, 0x0a, -1).to, TO_FLOOD);
	assert_int_equal(rte_ring_count(sw->learned), 2);
}

static void
malformed_frames_are_counted(void **state)
{
	struct member *a = &topology.member[A];

	(void)state;
	make(0x0b, 0x0a, -1);
	frame.length = 13;
	dropped(inside(a), A, DROP_TOO_SHORT);
	frame.length = FRAME_STANDARD + 1;
	dropped(inside(a), A, DROP_TOO_LONG);
	make(0x0b, 0x0a, -1);
	frame.head[6] = 1;
	dropped(inside(a), A, DROP_BAD_SOURCE);
	memset(frame.head + 6, 0, 6);
	dropped(inside(a), A, DROP_BAD_SOURCE);
}

static void
own_address_stays_home(void **state)
{
	(void)state;
	guest(A, 0xff, 0x0a, -1);
	dropped(guest(A, 0x0a, 0x77, -1), A, DROP_SAME_PORT);
}

static void
vlans_do_not_meet(void **state)
{
	(void)state;
	guest(A, 0xff, 0x0a, -1);
	guest(C, 0xff, 0x0c, -1);
	assert_int_equal(guest(A, 0x0c, 0x0a, -1).to, TO_FLOOD);
	assert_int_equal(guest(D, 0x0c, 0x0d, -1).to, C);
	/* A guest's tag of the same number is another VLAN. */
	assert_int_equal(guest(A, 0x0c, 0x0a, 50).to, TO_FLOOD);
	dropped(guest(C, 0x0d, 0x0c, 50), C, DROP_VLAN_TAGGED);
	assert_int_equal(guest(C, 0x0d, 0x0c, 0).to, D); /* priority only */
	/* Tags of guests without a VLAN keep addresses apart. */
	guest(B, 0xff, 0x0b, 7);
	assert_int_equal(guest(A, 0x0b, 0x0a, 7).to, B);
	assert_int_equal(guest(A, 0x0b, 0x0a, 8).to, TO_FLOOD);
}

static void
a_port_that_left_or_moved(void **state)
{
	(void)state;
	guest(B, 0xff, 0x0b, -1);
	topology.index[B] = -1;
	dropped(guest(A, 0x0b, 0x0a, -1), B, DROP_NOT_READY);
	/* The number now belongs to a port of another VLAN. */
	topology.index[B] = B;
	topology.member[B].vlan = 60;
	assert_int_equal(guest(A, 0x0b, 0x0a, -1).to, TO_FLOOD);
}

static void
fixed_addresses_hold(void **state)
{
	(void)state;
	topology.member[A].has_mac = true;
	memcpy(topology.member[A].mac, (uint8_t[]){2, 0, 0, 0, 0, 0x0a}, 6);
	fdb_pin(sw->fdb, fdb_key(topology.member[A].mac, 0, false), A);
	dropped(guest(A, 0x0b, 0x99, -1), A, DROP_SPOOFED);
	/* B claims A's address in vain. */
	guest(B, 0xff, 0x0a, -1);
	assert_int_equal(guest(B, 0x0a, 0x0b, -1).to, A);
	topology.member[A].has_mac = false;
}

static void
frames_leave_with_their_tag(void **state)
{
	struct decision decision;

	(void)state;
	sw->uplink = (struct uplink *)sw;
	outside(0xff, 0xee, 1000);
	decision = guest(A, 0xee, 0x0a, -1);
	assert_int_equal(decision.to, TO_UPLINK);
	assert_int_equal(decision.tag, 1000);
	assert_int_equal(guest(C, 0xff, 0x0c, -1).tag, 50);
	/* --vm2vm 0: all goes out; 2: to a guest with that guest's tag. */
	guest(B, 0xff, 0x0b, -1);
	sw->vm2vm = VM2VM_UPLINK;
	decision = guest(A, 0x0b, 0x0a, -1);
	assert_int_equal(decision.to, TO_UPLINK);
	assert_int_equal(decision.tag, 1000);
	sw->vm2vm = VM2VM_HARDWARE;
	decision = guest(A, 0x0b, 0x0a, -1);
	assert_int_equal(decision.to, TO_UPLINK);
	assert_int_equal(decision.tag, 1001);
}

static void
only_matching_frames_come_in(void **state)
{
	(void)state;
	sw->uplink = (struct uplink *)sw;
	guest(A, 0xff, 0x0a, -1);
	guest(B, 0xff, 0x0b, -1);
	guest(C, 0xff, 0x0c, -1);
	assert_int_equal(outside(0x0a, 0xee, 1000).to, A);
	assert_int_equal(outside(0x0c, 0xee, 50).to, C);
	dropped(outside(0x0a, 0xee, 1001), UPLINK_ID, DROP_UNMATCHED);
	dropped(outside(0x0d, 0xee, 50), UPLINK_ID, DROP_UNMATCHED);
	dropped(outside(0x0a, 0xee, 999), UPLINK_ID, DROP_TAG_UNKNOWN);
	dropped(outside(0x0a, 0xee, -1), UPLINK_ID, DROP_TAG_UNKNOWN);
	dropped(outside(0xff, 0xee, 1000), UPLINK_ID, DROP_MULTICAST);
	promiscuous = true;
	assert_int_equal(outside(0xff, 0xee, 1000).to, TO_FLOOD);
	assert_int_equal(outside(0xff, 0xee, 1000).tag, 1000);
}

static void
a_tag_that_stays_is_not_the_guests(void **state)
{
	(void)state;
	sw->uplink = (struct uplink *)sw;
	sw->vlan_strip = false;
	guest(A, 0xff, 0x0a, -1);
	guest(C, 0xff, 0x0c, -1);
	make(0x0a, 0xee, 1000);
	assert_int_equal(coming(1000).to, A);
	make(0x0c, 0xee, 50);
	assert_int_equal(coming(50).to, C);
	/* With a tag of the guest's own within. */
	make(0x0a, 0xee, 1000);
	frame.head[16] = 0x81;
	frame.head[19] = 7;
	dropped(coming(1000), UPLINK_ID, DROP_UNMATCHED);
	guest(A, 0xff, 0x0a, 7);
	make(0x0a, 0xee, 1000);
	frame.head[16] = 0x81;
	frame.head[19] = 7;
	assert_int_equal(coming(1000).to, A);
}

static void
a_guests_address_is_not_taken_from_outside(void **state)
{
	(void)state;
	sw->uplink = (struct uplink *)sw;
	guest(A, 0xff, 0x0a, -1);
	outside(0x0b, 0x0a, 1001);
	assert_int_equal(guest(B, 0x0a, 0x0b, -1).to, A);
	/* It is when the guest has gone: it has migrated to there. */
	topology.index[A] = -1;
	outside(0x0b, 0x0a, 1001);
	assert_int_equal(guest(B, 0x0a, 0x0b, -1).to, TO_UPLINK);
	topology.index[A] = A;
	guest(A, 0xff, 0x0a, -1);
	/* And a guest takes one that was outside: it has migrated here. */
	outside(0x0a, 0xee, 1000);
	guest(B, 0xff, 0xee, -1);
	assert_int_equal(guest(A, 0xee, 0x0a, -1).to, B);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unknown_is_flooded_known_is_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(malformed_frames_are_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(own_address_stays_home, set_up, tear_down),
		cmocka_unit_test_setup_teardown(vlans_do_not_meet, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_port_that_left_or_moved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(fixed_addresses_hold, set_up, tear_down),
		cmocka_unit_test_setup_teardown(frames_leave_with_their_tag, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_matching_frames_come_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_tag_that_stays_is_not_the_guests, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_guests_address_is_not_taken_from_outside, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("classify", tests, NULL, NULL);
}
