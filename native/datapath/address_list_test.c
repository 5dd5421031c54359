#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "address_list.h"

static void
there_and_back(void **state)
{
	static const char *const texts[][2] = {
		{"10.0.0.5", "10.0.0.5"},
		{"10.0.0.5,10.0.0.4,10.0.0.5", "10.0.0.4,10.0.0.5"},
		{"fd00::5,FD00:0::5,10.0.0.5", "10.0.0.5,fd00::5"},
		{"fd00::6,fd00::5", "fd00::5,fd00::6"},
		{"fe80::1", "fe80::1"},
	};
	char text[ADDRESS_LIST_MAX + 1];
	struct address_list list;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_true(address_list_parse(&list, texts[i][0]));
		address_list_print(&list, text);
		assert_string_equal(text, texts[i][1]);
	}
}

static void
the_longest(void **state)
{
	char given[ADDRESS_LIST_MAX + 2], text[ADDRESS_LIST_MAX + 1];
	struct address_list list;
	size_t at = 0;

	(void)state;
	for (char i = 0; i < ADDRESSES_MAX; i++) {
		memcpy(given + at, "1000:1000:1000:1000:1000:1000:1000:100a,", 40);
		given[at + 38] = "0123456789abcdef"[(int)i];
		at += 40;
	}
	given[at - 1] = '\0';
	assert_true(address_list_parse(&list, given));
	assert_int_equal(list.n_ipv6, ADDRESSES_MAX);
	address_list_print(&list, text);
	assert_string_equal(text, given);
	strcpy(given + at - 1, ",10.0.0.1");
	assert_false(address_list_parse(&list, given));
}

static void
wrong(void **state)
{
	static const char *const texts[] = {"", ",", "10.0.0.5,", ",10.0.0.5", "10.0.0",
		"10.0.0.256", "0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "255.255.255.255",
		"10.0.0.0/24", "::", "::1", "ff02::1", "::ffff:10.0.0.5", "fd00::5%eth0",
		"10.0.0.5 ", "host", "10.0.0.5,,10.0.0.6", "fd00::5::1",
		"0000000000000000000000000000000000000000000000000000000000000000"};
	struct address_list list;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (address_list_parse(&list, texts[i]))
			fail_msg("%s", texts[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(the_longest),
		cmocka_unit_test(wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
