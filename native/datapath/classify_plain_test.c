/*
 * Tests of which frames are decided on in the loop itself. That these go where classify() says, the
 * fixture checks of every frame of all its tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "classify_fixture.h"

/* A and B, C and D know each other. */
static int
set_up_known(void **state)
{
	set_up(state);
	guest(A, 0xff, 0x0a, -1);
	guest(B, 0xff, 0x0b, -1);
	guest(C, 0xff, 0x0c, -1);
	guest(D, 0xff, 0x0d, -1);
	return 0;
}

static int
plain_of(uint16_t from, uint8_t to, uint8_t source)
{
	make(to, source, -1);
	return plainly(&topology.member[from]);
}

static void
known_ones_are(void **state)
{
	(void)state;
	assert_int_equal(plain_of(A, 0x0b, 0x0a), B);
	assert_int_equal(plain_of(B, 0x0a, 0x0b), A);
	assert_int_equal(plain_of(C, 0x0d, 0x0c), D);
	set_mode(D, VLAN_MODE_TRANSPARENT, 50);
	assert_int_equal(plain_of(C, 0x0d, 0x0c), D);
}

static void
what_is_to_be_learnt_or_refused_is_not(void **state)
{
	(void)state;
	assert_int_equal(plain_of(A, 0x0b, 0x1a), -1);
	assert_int_equal(plain_of(A, 0x1b, 0x0a), -1);
	assert_int_equal(plain_of(A, 0xff, 0x0a), -1);
	assert_int_equal(plain_of(B, 0x0b, 0x0a), -1);
	assert_int_equal(plain_of(A, 0x0a, 0x0a), -1);
	/* In another VLAN. */
	assert_int_equal(plain_of(A, 0x0d, 0x0a), -1);
	assert_int_equal(plain_of(C, 0x0b, 0x0c), -1);
	/* Its second is noted. */
	now++;
	assert_int_equal(plain_of(A, 0x0b, 0x0a), -1);
	assert_int_equal(guest(A, 0x0b, 0x0a, -1).to, B);
	assert_int_equal(plain_of(A, 0x0b, 0x0a), B);
}

static void
what_has_a_tag_or_no_header_is_not(void **state)
{
	static const uint16_t types[] = {0x8100, 0x88a8, 0x9100, 0x9200, 0x9300};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		make(0x0b, 0x0a, 0);
		frame.head[12] = types[i] >> 8;
		frame.head[13] = types[i] & 0xff;
		assert_int_equal(plainly(&topology.member[A]), -1);
	}
	make(0x0b, 0x0a, -1);
	frame.length = 13;
	assert_int_equal(plainly(&topology.member[A]), -1);
}

static void
ports_with_more_to_look_at_have_none(void **state)
{
	struct topology all = topology;

	(void)state;
	set_mode(A, VLAN_MODE_NATIVE_UNTAGGED, 50);
	assert_int_equal(plain_of(A, 0x0d, 0x0a), -1);
	topology = all;
	set_mode(D, VLAN_MODE_NATIVE_TAGGED, 50);
	assert_int_equal(plain_of(C, 0x0d, 0x0c), -1);
	topology = all;
	topology.member[A].isolated = true;
	assert_int_equal(plain_of(A, 0x0b, 0x0a), -1);
	topology = all;
	relay_to(A, B);
	assert_int_equal(plain_of(A, 0x0b, 0x0a), -1);
	topology = all;
	sw->vm2vm = VM2VM_HARDWARE;
	assert_int_equal(plain_of(A, 0x0b, 0x0a), -1);
	sw->vm2vm = VM2VM_UPLINK;
	assert_int_equal(plain_of(A, 0x0b, 0x0a), -1);
}

static void
to_a_port_that_is_gone_none_is(void **state)
{
	(void)state;
	topology.index[B] = PLACE_NONE;
	assert_int_equal(plain_of(A, 0x0b, 0x0a), -1);
	topology.index[B] = PLACE_NO_LINK;
	assert_int_equal(plain_of(A, 0x0b, 0x0a), -1);
}

static void
of_a_fixed_address_all_are_and_no_others(void **state)
{
	(void)state;
	guest(A, 0xff, 0x1a, -1);
	assert_int_equal(plain_of(A, 0x0b, 0x1a), B);
	pin(A, 0x0a);
	assert_int_equal(plain_of(A, 0x0b, 0x0a), B);
	now++;
	assert_int_equal(plain_of(A, 0x0b, 0x0a), B);
	assert_int_equal(plain_of(B, 0x0a, 0x0b), -1);
	now--;
	/* Another one that it had before. */
	assert_int_equal(plain_of(A, 0x0b, 0x1a), -1);
	assert_int_equal(plain_of(B, 0x0a, 0x0b), A);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(known_ones_are, set_up_known, tear_down),
		cmocka_unit_test_setup_teardown(
			what_is_to_be_learnt_or_refused_is_not, set_up_known, tear_down),
		cmocka_unit_test_setup_teardown(
			what_has_a_tag_or_no_header_is_not, set_up_known, tear_down),
		cmocka_unit_test_setup_teardown(
			ports_with_more_to_look_at_have_none, set_up_known, tear_down),
		cmocka_unit_test_setup_teardown(
			to_a_port_that_is_gone_none_is, set_up_known, tear_down),
		cmocka_unit_test_setup_teardown(
			of_a_fixed_address_all_are_and_no_others, set_up_known, tear_down),
	};

	return cmocka_run_group_tests_name("classify_plain", tests, NULL, NULL);
}
