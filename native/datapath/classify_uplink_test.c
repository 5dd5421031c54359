/*
 * Tests of decisions on frames to and from a device with a tag per guest: tags, filters, migration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "classify_fixture.h"

static void
frames_leave_with_their_tag(void **state)
{
	struct decision decision;

	(void)state;
	add_device(VLAN_MODE_PER_GUEST, 0);
	outside(0xff, 0xee, 1000);
	decision = guest(A, 0xee, 0x0a, -1);
	assert_int_equal(decision.to, U);
	assert_int_equal(decision.retag, RETAG_PUSH);
	assert_int_equal(decision.tag, 1000);
	assert_int_equal(guest(C, 0xff, 0x0c, -1).tag, 50);
	/* --vm2vm 0: all goes out; 2: to a guest with that guest's tag. */
	guest(B, 0xff, 0x0b, -1);
	sw->vm2vm = VM2VM_UPLINK;
	decision = guest(A, 0x0b, 0x0a, -1);
	assert_int_equal(decision.to, U);
	assert_int_equal(decision.retag, RETAG_PUSH);
	assert_int_equal(decision.tag, 1000);
	sw->vm2vm = VM2VM_HARDWARE;
	decision = guest(A, 0x0b, 0x0a, -1);
	assert_int_equal(decision.to, U);
	assert_int_equal(decision.tag, 1001);
}

static void
only_matching_frames_come_in(void **state)
{
	(void)state;
	add_device(VLAN_MODE_PER_GUEST, 0);
	guest(A, 0xff, 0x0a, -1);
	guest(B, 0xff, 0x0b, -1);
	guest(C, 0xff, 0x0c, -1);
	assert_int_equal(outside(0x0a, 0xee, 1000).to, A);
	assert_int_equal(outside(0x0c, 0xee, 50).to, C);
	dropped(outside(0x0a, 0xee, 1001), U, DROP_UNMATCHED);
	dropped(outside(0x0d, 0xee, 50), U, DROP_UNMATCHED);
	dropped(outside(0x0a, 0xee, 999), U, DROP_TAG_UNKNOWN);
	dropped(outside(0x0a, 0xee, -1), U, DROP_TAG_UNKNOWN);
	dropped(outside(0xff, 0xee, 1000), U, DROP_MULTICAST);
	sw->promiscuous = true;
	assert_int_equal(outside(0xff, 0xee, 1000).to, A);
	assert_int_equal(outside(0xff, 0xee, 50).to, TO_FLOOD);
	assert_int_equal(outside(0xff, 0xee, 50).domain, 50);
	/* A guest that was silent for longer than the ageing, or has not spoken yet. */
	dropped(outside(0x77, 0xee, 1000), U, DROP_UNMATCHED);
	fdb_flush_port(sw->fdb, A);
	assert_int_equal(outside(0x77, 0xee, 1000).to, A);
	assert_int_equal(outside(0x0d, 0xee, 50).to, TO_FLOOD);
	dropped(outside(0x0b, 0xee, 1000), U, DROP_UNMATCHED);
}

static void
a_tag_that_stays_is_not_the_guests(void **state)
{
	(void)state;
	add_device(VLAN_MODE_PER_GUEST, 0);
	sw->vlan_strip = false;
	guest(A, 0xff, 0x0a, -1);
	guest(C, 0xff, 0x0c, -1);
	make(0x0a, 0xee, 1000);
	assert_int_equal(coming(1000).to, A);
	make(0x0c, 0xee, 50);
	assert_int_equal(coming(50).to, C);
	/* With the guest's own tag inside. */
	make(0x0a, 0xee, 1000);
	frame.head[16] = 0x81;
	frame.head[19] = 7;
	dropped(coming(1000), U, DROP_UNMATCHED);
	guest(A, 0xff, 0x0a, 7);
	make(0x0a, 0xee, 1000);
	frame.head[16] = 0x81;
	frame.head[19] = 7;
	assert_int_equal(coming(1000).to, A);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(frames_leave_with_their_tag, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_matching_frames_come_in, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_tag_that_stays_is_not_the_guests, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("classify_uplink", tests, NULL, NULL);
}
