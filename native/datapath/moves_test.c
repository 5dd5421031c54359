/*
 * Tests of who may take an address from whom (moves.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "classify_fixture.h"
#include "news.h"

static void
a_fresh_address_stays(void **state)
{
	(void)state;
	guest(A, 0xff, 0x0a, -1);
	for (now = 1; now < 4; now++)
		dropped(guest(B, 0xff, 0x0a, -1), B, DROP_ADDRESS_HELD);
	/* Each second once, however many frames there are. */
	now = 3;
	for (int i = 0; i < 10; i++)
		guest(B, 0xff, 0x0a, -1);
	assert_int_equal(told[NEWS_HELD], 3);
	/* It is still there, and a frame of its own keeps it. */
	guest(A, 0xff, 0x0a, -1);
	now = 5;
	dropped(guest(B, 0xff, 0x0a, -1), B, DROP_ADDRESS_HELD);
	assert_int_equal(guest(B, 0x0a, 0x0b, -1).to, A);
	assert_int_equal(told[NEWS_MOVED], 0);
}

static void
a_silent_one_moves(void **state)
{
	(void)state;
	guest(A, 0xff, 0x0a, -1);
	now = 4;
	assert_int_equal(guest(B, 0xff, 0x0a, -1).to, TO_FLOOD);
	assert_int_equal(told[NEWS_MOVED], 1);
	/* And is as safe there. */
	dropped(guest(A, 0xff, 0x0a, -1), A, DROP_ADDRESS_HELD);
	now = 7;
	assert_int_equal(guest(A, 0xff, 0x0a, -1).to, TO_FLOOD);
}

static void
one_whose_guest_is_gone_moves(void **state)
{
	(void)state;
	guest(A, 0xff, 0x0a, -1);
	topology.index[A] = -1;
	assert_int_equal(guest(B, 0xff, 0x0a, -1).to, TO_FLOOD);
	assert_int_equal(told[NEWS_MOVED], 1);
}

static void
without_hold_it_moves_at_once(void **state)
{
	(void)state;
	sw->settings.hold = 0;
	guest(A, 0xff, 0x0a, -1);
	assert_int_equal(guest(B, 0xff, 0x0a, -1).to, TO_FLOOD);
	assert_int_equal(guest(A, 0xff, 0x0a, -1).to, TO_FLOOD);
	assert_int_equal(told[NEWS_MOVED], 2);
}

static void
a_port_takes_so_many_a_second(void **state)
{
	(void)state;
	for (uint8_t i = 0; i < 4; i++)
		guest(A, 0xff, 0x80 + i, -1);
	now = 10;
	for (uint8_t i = 0; i < 2; i++)
		assert_int_equal(guest(B, 0xff, 0x80 + i, -1).to, TO_FLOOD);
	dropped(guest(B, 0xff, 0x82, -1), B, DROP_ADDRESS_HELD);
	now = 11;
	assert_int_equal(guest(B, 0xff, 0x82, -1).to, TO_FLOOD);
}

static void
a_ports_own_address_is_its_own(void **state)
{
	(void)state;
	pin(A, 0x0a);
	for (now = 1; now < 1000; now += 100)
		dropped(guest(B, 0xff, 0x0a, -1), B, DROP_ADDRESS_HELD);
	/* Under a tag of its guest's, too, where it is not in the table before. */
	guest(B, 0xff, 0x0a, 7);
	assert_int_equal(guest(A, 0xff, 0x0a, 7).to, TO_FLOOD);
	dropped(guest(B, 0xff, 0x0a, 7), B, DROP_ADDRESS_HELD);
	/* Nobody takes it while its guest is away, but the uplink: it has migrated there. */
	topology.index[A] = -1;
	dropped(guest(B, 0xff, 0x0a, -1), B, DROP_ADDRESS_HELD);
	add_device(VLAN_MODE_PER_GUEST, 0);
	outside(0x0b, 0x0a, 1001);
	assert_int_equal(guest(B, 0x0a, 0x0b, -1).to, U);
	/* It comes back: its first frame takes it. */
	topology.index[A] = A;
	assert_int_equal(guest(A, 0xff, 0x0a, -1).to, TO_FLOOD);
	assert_int_equal(guest(B, 0x0a, 0x0b, -1).to, A);
}

/* A guest migrates on one host: of two ports with one address, the one that sends has it. */
static void
who_sends_has_an_address_of_two(void **state)
{
	(void)state;
	pin(C, 0x0c);
	topology.member[D].has_mac = true;
	topology.member[D].mac[0] = 2;
	topology.member[D].mac[5] = 0x0c;
	assert_int_equal(guest(D, 0xff, 0x0c, -1).to, TO_FLOOD);
	dropped(guest(D, 0x0c, 0x0c, -1), D, DROP_SAME_PORT);
	/* It is pinned there, too. */
	fdb_age(sw->fdb, 1000, 1, fdb_buckets(sw->fdb));
	dropped(guest(D, 0x0c, 0x0c, -1), D, DROP_SAME_PORT);
	assert_int_equal(guest(C, 0xff, 0x0c, -1).to, TO_FLOOD);
	dropped(guest(C, 0x0c, 0x0c, -1), C, DROP_SAME_PORT);
}

/* A router of VRRP is a guest with another address beside its own. */
static void
a_virtual_router_moves(void **state)
{
	(void)state;
	pin(A, 0x0a);
	pin(B, 0x0b);
	topology.member[A].only_mac = topology.member[B].only_mac = false;
	for (now = 1; now < 10; now++)
		guest(A, 0xff, 0x51, -1);
	/* The master has sent for the last time at 9; its backup waits for three seconds and some.
	 */
	now = 11;
	dropped(guest(B, 0xff, 0x51, -1), B, DROP_ADDRESS_HELD);
	now = 12;
	assert_int_equal(guest(B, 0xff, 0x51, -1).to, TO_FLOOD);
	dropped(guest(B, 0x51, 0x0b, -1), B, DROP_SAME_PORT);
	assert_int_equal(guest(A, 0x51, 0x0a, -1).to, B);
	assert_int_equal(told[NEWS_MOVED], 1);
	/* Its own address it keeps, silent for as long as it may be. */
	now = 1000;
	dropped(guest(A, 0xff, 0x0b, -1), A, DROP_ADDRESS_HELD);
}

static void
the_gateway_is_not_taken_by_a_guest(void **state)
{
	(void)state;
	add_device(VLAN_MODE_PER_GUEST, 0);
	sw->promiscuous = true;
	outside(0xff, 0xee, 50);
	dropped(guest(C, 0xff, 0xee, -1), C, DROP_ADDRESS_HELD);
	assert_int_equal(guest(D, 0xee, 0x0d, -1).to, U);
	/* It was silent for too long; with its next frame it is back. */
	now = 4;
	assert_int_equal(guest(C, 0xff, 0xee, -1).to, TO_FLOOD);
	assert_int_equal(guest(D, 0xee, 0x0d, -1).to, C);
	assert_int_equal(outside(0xff, 0xee, 50).to, TO_FLOOD);
	assert_int_equal(guest(D, 0xee, 0x0d, -1).to, U);
	dropped(guest(C, 0xff, 0xee, -1), C, DROP_ADDRESS_HELD);
}

static void
a_guests_own_address_is_not_taken_from_outside(void **state)
{
	(void)state;
	add_device(VLAN_MODE_PER_GUEST, 0);
	sw->promiscuous = true;
	pin(C, 0x0c);
	dropped(outside(0xff, 0x0c, 50), U, DROP_ADDRESS_HELD);
	assert_int_equal(guest(D, 0x0c, 0x0d, -1).to, C);
}

/* Where all goes out, guests' frames come back from there, and are no claim. */
static void
what_comes_back_is_no_claim(void **state)
{
	(void)state;
	add_device(VLAN_MODE_PER_GUEST, 0);
	sw->promiscuous = true;
	sw->vm2vm = VM2VM_UPLINK;
	pin(C, 0x0c);
	guest(C, 0x0d, 0x0c, -1);
	guest(D, 0xff, 0x0d, -1);
	assert_int_equal(outside(0x0d, 0x0c, 50).to, D);
	assert_int_equal(outside(0x0c, 0x0d, 50).to, C);
	assert_int_equal(outside(0x0d, 0xee, 50).to, D);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_fresh_address_stays),
		TEST(a_silent_one_moves),
		TEST(one_whose_guest_is_gone_moves),
		TEST(without_hold_it_moves_at_once),
		TEST(a_port_takes_so_many_a_second),
		TEST(a_ports_own_address_is_its_own),
		TEST(who_sends_has_an_address_of_two),
		TEST(a_virtual_router_moves),
		TEST(the_gateway_is_not_taken_by_a_guest),
		TEST(a_guests_own_address_is_not_taken_from_outside),
		TEST(what_comes_back_is_no_claim),
#undef TEST
	};

	return cmocka_run_group_tests_name("moves", tests, NULL, NULL);
}
