/*
 * Tests of where frames between guests go: addresses, VLANs, ports that left, pinned addresses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "classify_fixture.h"
#include "news.h"

static void
unknown_is_flooded_known_is_not(void **state)
{
	(void)state;
	assert_int_equal(guest(A, 0x0b, 0x0a, -1).to, TO_FLOOD);
	assert_int_equal(guest(B, 0x0a, 0x0b, -1).to, A);
	assert_int_equal(guest(A, 0x0b, 0x0a, -1).to, B);
	assert_int_equal(guest(A, 0xff, 0x0a, -1).to, TO_FLOOD);
	assert_int_equal(told[NEWS_LEARNED], 2);
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

/* What an earlier frame left behind the end of a short one is not part of it. */
static void
a_run_begins_with_a_whole_frame(void **state)
{
	struct frame before;

	(void)state;
	make(0x0d, 0x0c, 7);
	before = frame;
	assert_true(classify_alike(sw, &before, &frame));
	for (before.head_length = 0; before.head_length < FRAME_DECISIVE; before.head_length++)
		assert_false(classify_alike(sw, &before, &frame));
	before.head_length = frame.head_length = FRAME_DECISIVE;
	assert_true(classify_alike(sw, &before, &frame));
	for (frame.head_length = 0; frame.head_length < FRAME_DECISIVE; frame.head_length++)
		assert_false(classify_alike(sw, &before, &frame));
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
	/* A guest's own tag with this number is another VLAN. */
	assert_int_equal(guest(A, 0x0c, 0x0a, 50).to, TO_FLOOD);
	dropped(guest(C, 0x0d, 0x0c, 50), C, DROP_VLAN_TAGGED);
	assert_int_equal(guest(C, 0x0d, 0x0c, 0).to, D); /* priority only */
	/* On ports without a VLAN, the guests' tags separate addresses. */
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
	topology.index[B] = PLACE_NO_LINK;
	dropped(guest(A, 0x0b, 0x0a, -1), B, DROP_LINK_DOWN);
	/* The number now belongs to a port of another VLAN. */
	topology.index[B] = B;
	topology.member[B].vlan = 60;
	assert_int_equal(guest(A, 0x0b, 0x0a, -1).to, TO_FLOOD);
}

static void
fixed_addresses_hold(void **state)
{
	(void)state;
	pin(A, 0x0a);
	dropped(guest(A, 0x0b, 0x99, -1), A, DROP_SPOOFED);
	/* B claims A's address in vain. */
	dropped(guest(B, 0xff, 0x0a, -1), B, DROP_ADDRESS_HELD);
	assert_int_equal(guest(B, 0x0a, 0x0b, -1).to, A);
}

static void
other_addresses_may_be_let_in(void **state)
{
	(void)state;
	pin(A, 0x0a);
	pin(B, 0x0b);
	topology.member[A].only_mac = false;
	assert_int_equal(guest(A, 0xff, 0x99, -1).to, TO_FLOOD);
	assert_int_equal(guest(B, 0x99, 0x0b, -1).to, A);
	assert_int_equal(guest(B, 0x0a, 0x0b, -1).to, A);
	/* But not another's, whose port says that it is its own. */
	dropped(guest(A, 0xff, 0x0b, -1), A, DROP_ADDRESS_HELD);
	dropped(guest(B, 0xff, 0x0a, -1), B, DROP_SPOOFED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unknown_is_flooded_known_is_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(malformed_frames_are_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_run_begins_with_a_whole_frame, set_up, tear_down),
		cmocka_unit_test_setup_teardown(own_address_stays_home, set_up, tear_down),
		cmocka_unit_test_setup_teardown(vlans_do_not_meet, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_port_that_left_or_moved, set_up, tear_down),
		cmocka_unit_test_setup_teardown(fixed_addresses_hold, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_addresses_may_be_let_in, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("classify", tests, NULL, NULL);
}
