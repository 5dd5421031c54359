/*
 * Tests of VLAN modes: what each may send, and how the others hear it (egress.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "news.h"

#include "classify_fixture.h"

#define ACCESS VLAN_MODE_ACCESS
#define TRUNK VLAN_MODE_TRUNK
#define NATIVE_TAGGED VLAN_MODE_NATIVE_TAGGED
#define NATIVE_UNTAGGED VLAN_MODE_NATIVE_UNTAGGED
#define TRANSPARENT VLAN_MODE_TRANSPARENT
#define PER_GUEST VLAN_MODE_PER_GUEST

#define TAGGED(vlan) (const uint8_t[]){0x81, 0, (vlan) >> 8, (vlan)&255, 8, 0}, 6
#define UNTAGGED (const uint8_t[]){8, 0}, 2
/* In VLAN `vlan`, and in another one inside. */
#define NESTED(vlan) (const uint8_t[]){0x81, 0, (vlan) >> 8, (vlan)&255, 0x81, 0, 0, 9, 8, 0}, 10

enum { NO = -1 };

/* A frame from A in a mode, to C in a mode. Trunks carry VLANs 50 and 60. */
static const struct row {
	enum vlan_mode from;
	uint16_t from_vlan;
	const uint8_t *bytes;
	size_t length;
	enum vlan_mode to;
	uint16_t to_vlan;
	int retag;      /* NO: C does not hear it */
	enum drop drop; /* DROP_REASONS: it is in a VLAN, but C is not */
} rows[] = {
	{ACCESS, 50, UNTAGGED, ACCESS, 50, RETAG_NO, 0},
	{ACCESS, 50, UNTAGGED, ACCESS, 60, NO, DROP_REASONS},
	{ACCESS, 50, UNTAGGED, ACCESS, 0, NO, DROP_REASONS},
	{ACCESS, 0, UNTAGGED, ACCESS, 0, RETAG_NO, 0},
	{ACCESS, 50, TAGGED(0), ACCESS, 50, RETAG_NO, 0},
	{ACCESS, 50, TAGGED(50), ACCESS, 50, NO, DROP_VLAN_TAGGED},
	/* to a trunk */
	{ACCESS, 50, UNTAGGED, TRUNK, 0, RETAG_PUSH, 0},
	{ACCESS, 50, TAGGED(0), TRUNK, 0, RETAG_RENUMBER, 0},
	{ACCESS, 51, UNTAGGED, TRUNK, 0, NO, DROP_REASONS},
	{ACCESS, 0, UNTAGGED, TRUNK, 0, NO, DROP_REASONS},
	{ACCESS, 50, UNTAGGED, NATIVE_UNTAGGED, 50, RETAG_NO, 0},
	{ACCESS, 50, TAGGED(0), NATIVE_UNTAGGED, 50, RETAG_NO, 0},
	{ACCESS, 50, UNTAGGED, NATIVE_UNTAGGED, 7, RETAG_PUSH, 0},
	{ACCESS, 7, UNTAGGED, NATIVE_UNTAGGED, 7, RETAG_NO, 0},
	{ACCESS, 7, UNTAGGED, NATIVE_TAGGED, 7, RETAG_PUSH, 0},
	{ACCESS, 0, UNTAGGED, NATIVE_UNTAGGED, 0, RETAG_NO, 0},
	{ACCESS, 0, TAGGED(0), NATIVE_UNTAGGED, 0, RETAG_NO, 0},
	/* a guest in no VLAN gets into none by a tag of its own */
	{ACCESS, 0, TAGGED(50), NATIVE_UNTAGGED, 0, NO, DROP_VLAN_TAGGED},
	{ACCESS, 0, NESTED(50), NATIVE_UNTAGGED, 0, NO, DROP_VLAN_TAGGED},
	{ACCESS, 0, TAGGED(50), ACCESS, 50, NO, DROP_REASONS},
	/* from a trunk */
	{TRUNK, 0, TAGGED(50), ACCESS, 50, RETAG_POP, 0},
	{TRUNK, 0, TAGGED(60), ACCESS, 50, NO, DROP_REASONS},
	{TRUNK, 0, TAGGED(51), ACCESS, 51, NO, DROP_VLAN_UNKNOWN},
	{TRUNK, 0, TAGGED(4095), ACCESS, 50, NO, DROP_VLAN_UNKNOWN},
	{TRUNK, 0, UNTAGGED, ACCESS, 0, NO, DROP_VLAN_UNKNOWN},
	{TRUNK, 0, TAGGED(0), ACCESS, 0, NO, DROP_VLAN_UNKNOWN},
	{TRUNK, 0, TAGGED(50), TRUNK, 0, RETAG_NO, 0},
	{TRUNK, 0, NESTED(50), TRUNK, 0, RETAG_NO, 0},
	{TRUNK, 0, NESTED(50), ACCESS, 50, NO, DROP_VLAN_TAGGED},
	{TRUNK, 0, NESTED(50), NATIVE_UNTAGGED, 50, NO, DROP_VLAN_TAGGED},
	{TRUNK, 0, NESTED(50), TRANSPARENT, 50, RETAG_POP, 0},
	{TRUNK, 0, TAGGED(50), NATIVE_UNTAGGED, 50, RETAG_POP, 0},
	{TRUNK, 0, TAGGED(50), NATIVE_TAGGED, 50, RETAG_NO, 0},
	{NATIVE_UNTAGGED, 7, UNTAGGED, ACCESS, 7, RETAG_NO, 0},
	{NATIVE_UNTAGGED, 7, TAGGED(7), ACCESS, 7, RETAG_POP, 0},
	{NATIVE_UNTAGGED, 7, TAGGED(0), TRUNK, 0, NO, DROP_REASONS},
	{NATIVE_UNTAGGED, 50, TAGGED(0), TRUNK, 0, RETAG_RENUMBER, 0},
	{NATIVE_UNTAGGED, 50, UNTAGGED, TRUNK, 0, RETAG_PUSH, 0},
	{NATIVE_TAGGED, 50, UNTAGGED, NATIVE_TAGGED, 50, RETAG_PUSH, 0},
	{NATIVE_UNTAGGED, 0, UNTAGGED, ACCESS, 0, RETAG_NO, 0},
	{NATIVE_UNTAGGED, 0, TAGGED(60), ACCESS, 0, NO, DROP_REASONS},
	{NATIVE_UNTAGGED, 50, (const uint8_t[]){0x88, 0xa8, 0, 9, 8, 0}, 6, TRUNK, 0, NO,
		DROP_VLAN_TAGGED},
	/* tags that nobody looks at */
	{TRANSPARENT, 50, TAGGED(9), TRANSPARENT, 50, RETAG_NO, 0},
	{TRANSPARENT, 50, NESTED(9), TRANSPARENT, 50, RETAG_NO, 0},
	{TRANSPARENT, 50, TAGGED(60), TRANSPARENT, 60, NO, DROP_REASONS},
	{TRANSPARENT, 50, UNTAGGED, ACCESS, 50, RETAG_NO, 0},
	{TRANSPARENT, 50, TAGGED(9), ACCESS, 50, NO, DROP_VLAN_TAGGED},
	{TRANSPARENT, 50, TAGGED(9), TRUNK, 0, RETAG_PUSH, 0},
	{TRANSPARENT, 50, TAGGED(9), NATIVE_UNTAGGED, 50, NO, DROP_VLAN_TAGGED},
	{TRANSPARENT, 0, TAGGED(9), ACCESS, 0, RETAG_NO, 0},
	{ACCESS, 50, UNTAGGED, TRANSPARENT, 50, RETAG_NO, 0},
};

static void
send_row(const struct row *row, uint8_t to)
{
	make(to, 0x0a, -1);
	memcpy(frame.head + 12, row->bytes, row->length);
}

static const char *
name_of(const struct row *row)
{
	static char text[64];

	snprintf(text, sizeof(text), "row %d", (int)(row - rows));
	return text;
}

/* C's address is known, in every VLAN that there may be. */
static void
teach(void)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 0x0c};
	static const uint16_t vlans[] = {0, 7, 9, 50, 51, 60};

	for (size_t i = 0; i < sizeof(vlans) / sizeof(*vlans); i++) {
		fdb_learn(sw->fdb, fdb_key(mac, vlans[i], true), C, now);
		/* A guest's own tag, in no VLAN. */
		fdb_learn(sw->fdb, fdb_key(mac, vlans[i], false), C, now);
	}
}

static void
known_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct decision decision;
		void *none = NULL;

		tear_down(&none);
		set_up(&none);
		set_mode(A, row->from, row->from_vlan);
		set_mode(C, row->to, row->to_vlan);
		teach();
		send_row(row, 0x0c);
		decision = inside(&topology.member[A]);
		if (row->retag != NO &&
			(decision.to != C || decision.retag != (enum retag)row->retag))
			fail_msg("%s: to %d, retag %d", name_of(row), decision.to, decision.retag);
		/* The table may lag behind a port that changed: what C is not in, it does not hear.
		 */
		if (row->retag == NO && row->drop == DROP_REASONS && decision.to != TO_FLOOD)
			fail_msg("%s: to %d", name_of(row), decision.to);
		if (row->retag == NO && row->drop != DROP_REASONS &&
			(decision.to != TO_NONE || decision.drop != row->drop))
			fail_msg("%s: to %d, drop %d", name_of(row), decision.to, decision.drop);
	}
}

/* As flood() does it. */
static void
broadcasts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct decision decision;
		enum egress egress;
		void *none = NULL;

		tear_down(&none);
		set_up(&none);
		set_mode(A, row->from, row->from_vlan);
		set_mode(C, row->to, row->to_vlan);
		send_row(row, 0xff);
		decision = inside(&topology.member[A]);
		if (decision.to == TO_NONE) {
			assert_int_equal(row->retag, NO);
			assert_int_equal(decision.drop, row->drop);
			continue;
		}
		assert_int_equal(decision.to, TO_FLOOD);
		egress = egress_of(&topology, C, decision.domain);
		if (egress == EGRESS_NONE) {
			assert_int_equal(row->drop, DROP_REASONS);
		} else if (egress == EGRESS_PLAIN &&
			   may_stray(&topology.member[A], decision.form) &&
			   frame_strays(&frame, decision.form)) {
			assert_int_equal(row->drop, DROP_VLAN_TAGGED);
		} else if ((int)retag_for(decision.form, egress) != row->retag) {
			fail_msg("%s: retag %d", name_of(row), retag_for(decision.form, egress));
		}
	}
}

/* Each VLAN has its own addresses, whichever way a frame came to be in it. */
static void
learning_is_by_vlan(void **state)
{
	(void)state;
	set_mode(A, TRUNK, 0);
	guest(A, 0xff, 0x0a, 50);
	guest(B, 0xff, 0x0b, -1);
	assert_int_equal(guest(C, 0x0a, 0x0c, -1).to, A);
	assert_int_equal(guest(C, 0x0a, 0x0c, -1).retag, RETAG_PUSH);
	assert_int_equal(guest(C, 0x0a, 0x0c, -1).tag, 50);
	set_mode(D, ACCESS, 60);
	assert_int_equal(guest(D, 0x0a, 0x0d, -1).to, TO_FLOOD);
	guest(A, 0xff, 0x0a, 60);
	assert_int_equal(guest(D, 0x0a, 0x0d, -1).to, A);
	assert_int_equal(guest(D, 0x0a, 0x0d, -1).tag, 60);
}

/* A device in any mode is a port like others: what is behind it is learned, and found. */
static void
devices_are_members(void **state)
{
	(void)state;
	add_device(NATIVE_UNTAGGED, 0);
	make(0xff, 0xee, -1);
	assert_int_equal(inside(&topology.member[U]).to, TO_FLOOD);
	assert_int_equal(guest(A, 0xee, 0x0a, -1).to, U);
	assert_int_equal(guest(A, 0xee, 0x0a, -1).retag, RETAG_NO);
	make(0x0a, 0xee, -1);
	assert_int_equal(inside(&topology.member[U]).to, A);
	/* Who is silent, or has not spoken yet, is found by a flood. */
	make(0x0b, 0xee, -1);
	assert_int_equal(inside(&topology.member[U]).to, TO_FLOOD);
	make(0x0c, 0xee, 50);
	assert_int_equal(inside(&topology.member[U]).to, TO_FLOOD);
	assert_int_equal(inside(&topology.member[U]).domain, 50);
	assert_int_equal(guest(C, 0xee, 0x0c, -1).to, U);
	assert_int_equal(guest(C, 0xee, 0x0c, -1).retag, RETAG_PUSH);
	assert_int_equal(guest(C, 0xee, 0x0c, -1).tag, 50);
	assert_int_equal(told[NEWS_LEARNED], 2);
}

/* A tag that is a guest's own there is no VLAN's. */
static void
tags_of_guests_are_no_vlans(void **state)
{
	(void)state;
	add_device(PER_GUEST, 0);
	assert_int_equal(egress_of(&topology, U, 0), EGRESS_TAGGED);
	assert_int_equal(egress_of(&topology, U, 50), EGRESS_TAGGED);
	assert_int_equal(egress_of(&topology, U, 1000), EGRESS_NONE);
	assert_int_equal(egress_of(&topology, U, 1001), EGRESS_NONE);
	assert_int_equal(egress_of(&topology, U, 1002), EGRESS_TAGGED);
	/* A trunk's VLANs are known there, too. */
	sw->promiscuous = true;
	dropped(outside(0xff, 0xee, 60), U, DROP_TAG_UNKNOWN);
	set_mode(D, TRUNK, 0);
	assert_int_equal(outside(0xff, 0xee, 60).to, TO_FLOOD);
	assert_int_equal(outside(0xff, 0xee, 1003).to, D);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(known_addresses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(broadcasts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(learning_is_by_vlan, set_up, tear_down),
		cmocka_unit_test_setup_teardown(devices_are_members, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tags_of_guests_are_no_vlans, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("egress", tests, NULL, NULL);
}
