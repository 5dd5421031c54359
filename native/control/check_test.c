#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "check.h"

#include "../base/sizes.h"

static void
port_names(void **state)
{
	char longest[PORT_NAME_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[PORT_NAME_MAX + 1] = '\0';
	assert_false(check_port_name(longest));
	longest[PORT_NAME_MAX] = '\0';
	assert_true(check_port_name(longest));
	assert_true(check_port_name("web1.hostnet0"));
	assert_true(check_port_name("9:a_b-c"));
	assert_false(check_port_name(""));
	assert_false(check_port_name(".hidden"));
	assert_false(check_port_name("a b"));
	assert_false(check_port_name("a/b"));
	assert_false(check_port_name("a\n"));
	assert_false(check_port_name("\xc3\xa9"));
}

static void
peer_labels(void **state)
{
	char longest[PEER_LABEL_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[PEER_LABEL_MAX + 1] = '\0';
	assert_false(check_peer_label(longest));
	longest[PEER_LABEL_MAX] = '\0';
	assert_true(check_peer_label(longest));
	assert_true(check_peer_label("libvirt-6d0f5cfc-0000-4f5e-8f29-2f6f1b4d5a4e"));
	assert_true(check_peer_label("system_u:system_r:svirt_t:s0:c1,c2"));
	assert_false(check_peer_label(""));
	assert_false(check_peer_label("libvirt-1 (enforce)"));
	assert_false(check_peer_label("a\n"));
	assert_false(check_peer_label("\x7f"));
	assert_false(check_peer_label("\xc3\xa9"));
}

static void
socket_paths(void **state)
{
	char longest[SOCKET_PATH_MAX + 2] = "/";

	(void)state;
	memset(longest + 1, 'a', SOCKET_PATH_MAX);
	longest[SOCKET_PATH_MAX + 1] = '\0';
	assert_false(check_socket_path(longest));
	longest[SOCKET_PATH_MAX] = '\0';
	assert_true(check_socket_path(longest));
	assert_true(check_socket_path("/run/vmlane/guests/a.sock"));
	assert_true(check_socket_path("/run/..a/b..c/..."));
	assert_false(check_socket_path(""));
	assert_false(check_socket_path("/"));
	assert_false(check_socket_path("a.sock"));
	assert_false(check_socket_path("/run/"));
	assert_false(check_socket_path("/run/../etc/a"));
	assert_false(check_socket_path("/run/.."));
	assert_false(check_socket_path("/run/a\nb"));
}

static void
numbers(void **state)
{
	unsigned long value = 77;

	(void)state;
	assert_true(check_number("300", 1, 1000, &value));
	assert_int_equal(value, 300);
	assert_false(check_number("", 0, 10, &value));
	assert_false(check_number("-1", 0, 10, &value));
	assert_false(check_number("+1", 0, 10, &value));
	assert_false(check_number(" 1", 0, 10, &value));
	assert_false(check_number("1s", 0, 10, &value));
	assert_false(check_number("0", 1, 10, &value));
	assert_false(check_number("11", 1, 10, &value));
	assert_false(check_number("99999999999999999999999", 0, ~0ul, &value));
	assert_int_equal(value, 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(port_names),
		cmocka_unit_test(peer_labels),
		cmocka_unit_test(socket_paths),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
