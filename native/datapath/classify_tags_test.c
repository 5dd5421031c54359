/*
 * Test of the rules for tags (README.md, "Tags"): frames by kinds of ports. No decision changes a
 * frame.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "classify_fixture.h"

/* What follows the addresses. */
struct row {
	const char *name;
	uint8_t bytes[10];
	uint32_t length; /* of the frame; 0: 60 */
	bool in_vlan;    /* a port in a VLAN may send and get it */
};

static const struct row rows[] = {
	{"untagged", {0x08, 0x00}, 0, true},
	{"nothing but a header", {0x08, 0x00}, 14, true},
	{"priority", {0x81, 0x00, 0xe0, 0, 0x08, 0x00}, 0, true},
	{"priority 0", {0x81, 0x00, 0, 0, 0x08, 0x00}, 0, true},
	{"priority, nothing but headers", {0x81, 0x00, 0, 0, 0x08, 0x00}, 18, true},
	{"the port's own VLAN", {0x81, 0x00, 0, 50, 0x08, 0x00}, 0, false},
	{"another VLAN", {0x81, 0x00, 0, 7, 0x08, 0x00}, 0, false},
	{"VLAN 4095", {0x81, 0x00, 0x0f, 0xff, 0x08, 0x00}, 0, false},
	{"nested", {0x81, 0x00, 0, 7, 0x81, 0x00, 0, 8, 0x08, 0x00}, 0, false},
	{"behind a priority", {0x81, 0x00, 0, 0, 0x81, 0x00, 0, 7, 0x08, 0x00}, 0, false},
	{"priority twice", {0x81, 0x00, 0, 0, 0x81, 0x00, 0, 0, 0x08, 0x00}, 0, false},
	{"802.1ad behind a priority", {0x81, 0x00, 0, 0, 0x88, 0xa8, 0, 7, 0x08, 0x00}, 0, false},
	{"0x9100 behind a priority", {0x81, 0x00, 0, 0, 0x91, 0x00, 0, 7, 0x08, 0x00}, 0, false},
	{"cut off behind a priority", {0x81, 0x00, 0, 0, 0x81, 0x00}, 18, false},
	{"802.1ad", {0x88, 0xa8, 0, 7, 0x08, 0x00}, 0, false},
	{"802.1ad, VLAN 0", {0x88, 0xa8, 0, 0, 0x08, 0x00}, 0, false},
	{"802.1ad, 802.1Q", {0x88, 0xa8, 0, 7, 0x81, 0x00, 0, 8, 0x08, 0x00}, 0, false},
	{"0x9100", {0x91, 0x00, 0, 7, 0x08, 0x00}, 0, false},
	{"0x9200", {0x92, 0x00, 0, 7, 0x08, 0x00}, 0, false},
	{"0x9300", {0x93, 0x00, 0, 7, 0x08, 0x00}, 0, false},
	{"cut off behind the type", {0x81, 0x00}, 14, false},
	{"cut off in the tag", {0x81, 0x00, 0, 0}, 16, false},
	{"cut off before the next type", {0x81, 0x00, 0, 0, 0x08}, 17, false},
	{"802.1ad, cut off", {0x88, 0xa8}, 14, false},
};

/* Makes the frame of a row, with the uplink's tag before it if that is not -1. */
static void
make_row(const struct row *row, uint8_t to, uint8_t from, int tag)
{
	uint32_t at = tag < 0 ? 12 : 16;

	make(to, from, tag);
	memcpy(frame.head + at, row->bytes, sizeof(row->bytes));
	frame.length = (row->length ? row->length : 60) + at - 12;
	frame.head_length = frame.length;
	/* Behind a frame's end is what another one left there: not a tag of VLAN 0. */
	memset(frame.head + frame.length, 0xff, sizeof(frame.head) - frame.length);
}

static void
check_row(const struct row *row, struct decision decision, bool carried, uint16_t at,
	const struct frame *sent)
{
	bool dropped_so = decision.to == TO_NONE && decision.drop == DROP_VLAN_TAGGED &&
			  decision.drop_at == at;

	if ((decision.to == TO_NONE) == carried || (!carried && !dropped_so))
		fail_msg("%s: to %d, drop %d at %d", row->name, decision.to, decision.drop,
			decision.drop_at);
	assert_memory_equal(&frame, sent, sizeof(frame));
}

static void
from_guests(void **state)
{
	(void)state;
	add_device(VLAN_MODE_PER_GUEST, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (int from = A; from <= C; from += C) {
			struct decision decision;
			struct frame sent;

			make_row(&rows[i], 0xff, 0x0a + from, -1);
			sent = frame;
			decision = inside(&topology.member[from]);
			check_row(&rows[i], decision, from == A || rows[i].in_vlan, from, &sent);
			if (decision.to != TO_NONE)
				assert_int_equal(decision.tag, from == A ? 1000 : 50);
		}
	}
}

static void
from_the_uplink(void **state)
{
	(void)state;
	add_device(VLAN_MODE_PER_GUEST, 0);
	sw->promiscuous = true;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i / 2];

		sw->vlan_strip = i % 2;
		for (int to = A; to <= C; to += C) {
			int tag = to == A ? 1000 : 50;
			struct frame sent;

			make_row(row, 0xff, 0xee, sw->vlan_strip ? -1 : tag);
			sent = frame;
			check_row(row, coming(tag), to == A || row->in_vlan, U, &sent);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(from_guests, set_up, tear_down),
		cmocka_unit_test_setup_teardown(from_the_uplink, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("classify_tags", tests, NULL, NULL);
}
