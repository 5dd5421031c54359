/*
 * Tests of relays: all that one end sends goes to the other, and nobody else has anything to do
 * with them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "classify_fixture.h"

static struct decision
sent(uint16_t from)
{
	return inside(&topology.member[from]);
}

static void
goes(uint16_t from, int to)
{
	struct decision decision = sent(from);

	assert_int_equal(decision.to, to);
	assert_int_equal(decision.retag, RETAG_NO);
}

/* Whatever its addresses and tags are, it goes to the other end as it is, and teaches nothing. */
static void
test_all_pass(void **state)
{
	struct fdb_stats stats;

	(void)state;
	add_device(VLAN_MODE_ACCESS, 0);
	relay_to(A, U);
	relay_to(U, A);
	make(0x0a, 0x0b, -1); /* the receiver's own address as the source, too */
	goes(A, U);
	goes(U, A);
	make(0xff, 0x0a, -1);
	goes(A, U);
	for (int tag = 0; tag < 4096; tag += 91) {
		make(0x0b, 0x0a, tag);
		goes(A, U);
		goes(U, A);
	}
	make(0x0b, 0x0a, 5);
	frame.head[12] = 0x88; /* 802.1ad, and a second tag */
	frame.head[13] = 0xa8;
	frame.head[16] = 0x81;
	goes(A, U);
	make(0x0b, 0x0a, -1);
	memset(frame.head + 6, 0xff, 6); /* no source that a switch learns */
	goes(A, U);
	memset(frame.head, 0, 12);
	goes(U, A);
	fdb_get_stats(sw->fdb, &stats);
	assert_int_equal(stats.entries, 0);
	assert_int_equal(told[0] + told[1] + told[2], 0);
}

/* Not even with an address that was learned, or a tag. */
static void
test_nobody_else_reaches_it(void **state)
{
	(void)state;
	guest(B, 0xff, 0x0b, -1);
	relay_to(A, C);
	relay_to(C, A);
	add_device(VLAN_MODE_PER_GUEST, 0);
	assert_int_equal(egress_of(&topology, A, 0), EGRESS_NONE);
	for (int vlan = 0; vlan < 4096; vlan++) {
		assert_int_equal(egress_of(&topology, A, vlan), EGRESS_NONE);
		assert_int_equal(egress_of(&topology, C, vlan), EGRESS_NONE);
	}
	/* Its number says no tag at such a device. */
	dropped(outside(0x0a, 0x99, GUEST_TAG_BASE + A), U, DROP_TAG_UNKNOWN);
	assert_int_equal(outside(0x0b, 0x99, GUEST_TAG_BASE + B).to, B);
	assert_false(vlan_set_has(&topology.carried, NO_DOMAIN & VLAN_MAX));
}

static void
test_what_is_lost(void **state)
{
	(void)state;
	relay_to(A, A);
	make(0x0b, 0x0a, -1);
	dropped(sent(A), A, DROP_NO_PORT);
	relay_to(A, U); /* which is not up */
	dropped(sent(A), U, DROP_NOT_READY);
	topology.index[U] = PLACE_NO_LINK;
	dropped(sent(A), U, DROP_LINK_DOWN);
	relay_to(A, B);
	relay_to(B, A);
	goes(A, B);
	frame.length = frame.head_length = 13;
	dropped(sent(A), A, DROP_TOO_SHORT);
	frame.length = FRAME_STANDARD + 1;
	dropped(sent(A), A, DROP_TOO_LONG);
	frame.length = FRAME_STANDARD;
	goes(A, B);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_pass, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_else_reaches_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_lost, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
