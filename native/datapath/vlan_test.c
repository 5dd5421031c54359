#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "vlan.h"

static void
lists_are_read_and_printed_in_order(void **state)
{
	static const char *const rows[][2] = {
		{"1", "1"},
		{"4094", "4094"},
		{"10,20-29", "10,20-29"},
		{"20-29,10", "10,20-29"},
		{"5,4,3", "3-5"},
		{"1-2", "1,2"},
		{"1,2", "1,2"},
		{"7,7,0007", "7"},
		{"10-20,15-30", "10-30"},
		{"1-4094", "1-4094"},
	};
	char text[VLAN_LIST_MAX + 1];
	struct vlan_set set;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(vlan_set_parse(&set, rows[i][0]));
		vlan_set_print(&set, text);
		assert_string_equal(text, rows[i][1]);
	}
	assert_true(vlan_set_is_full(&set));
}

static void
what_is_none_is_refused(void **state)
{
	static const char *const rows[] = {"", ",", "0", "4095", "99999", "123456", "1,", ",1",
		"1,,2", "5-", "-5", "5-4", "0-5", "1-4095", "a", "1 ", " 1", "1-2-3", "+1", "1;2",
		"0x10"};
	struct vlan_set set;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (vlan_set_parse(&set, rows[i]))
			fail_msg("'%s' was taken", rows[i]);
}

/* The text never becomes longer: each VLAN on its own, as far as a text can say so. */
static void
any_text_fits_again(void **state)
{
	char text[VLAN_LIST_MAX + 8] = "", printed[VLAN_LIST_MAX + 1];
	struct vlan_set set, again;
	size_t at = 0;

	(void)state;
	for (int vlan = 1; at + 5 <= VLAN_LIST_MAX; vlan += 2)
		at += (size_t)snprintf(text + at, sizeof(text) - at, at ? ",%d" : "%d", vlan);
	assert_true(vlan_set_parse(&set, text));
	vlan_set_print(&set, printed);
	assert_string_equal(printed, text);
	assert_true(vlan_set_parse(&again, printed));
	assert_memory_equal(&set, &again, sizeof(set));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read_and_printed_in_order),
		cmocka_unit_test(what_is_none_is_refused),
		cmocka_unit_test(any_text_fits_again),
	};

	return cmocka_run_group_tests_name("vlan", tests, NULL, NULL);
}
