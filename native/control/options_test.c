#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

#define PARSE(options, ...)                                                                        \
	parse(options, sizeof((const char *[]){"--", __VA_ARGS__}) / sizeof(char *),               \
		(const char *[]){"--", __VA_ARGS__})

static enum options_result
parse(struct options *options, int argc, const char *const *argv)
{
	char *copy[32] = {0};

	memcpy(copy, argv, argc * sizeof(*argv));
	return options_parse(options, argc, copy);
}

static void
defaults(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(options_parse(&options, 0, (char *[]){NULL}), OPTIONS_OK);
	assert_string_equal(options.control_socket, DEFAULT_CONTROL_SOCKET);
	assert_null(options.state_file);
	assert_int_equal(options.n_sockets, 0);
	assert_int_equal(options.ageing, 300);
	assert_int_equal(options.idle_sleep, 0);
	assert_false(options.client);
	assert_false(options.mergeable);
	assert_int_equal(options.port_mask, 0);
	assert_false(options.promiscuous);
	assert_true(options.vlan_strip);
	assert_int_equal(options.vm2vm, 1);
	assert_int_equal(options.rx_retry, 1);
	assert_int_equal(options.rx_retry_num, 4);
	assert_int_equal(options.rx_retry_delay, 15);
	assert_false(options.tx_csum);
	assert_false(options.tso);
}

static void
every_option(void **state)
{
	struct options options;
	char cwd[256], bare[300];

	(void)state;
	assert_int_equal(PARSE(&options, "--socket-file", "/run/a", "--dev-basename", "usvhost",
				 "--client", "--control-socket", "/run/c", "--state-file", "/run/s",
				 "--ageing", "60", "--idle-sleep=100", "--mergeable", "1",
				 "--stats", "2", "--user", "nobody", "--group", "kvm", "--folder",
				 "/run/a", "--folder", "/run/b", "--vf-token-file", "/run/t"),
		OPTIONS_OK);
	assert_int_equal(options.n_sockets, 2);
	assert_string_equal(options.sockets[0], "/run/a");
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	snprintf(bare, sizeof(bare), "%s/usvhost", cwd);
	assert_string_equal(options.sockets[1], bare);
	assert_true(options.client);
	assert_string_equal(options.control_socket, "/run/c");
	assert_string_equal(options.state_file, "/run/s");
	assert_string_equal(options.vf_token_file, "/run/t");
	assert_int_equal(options.ageing, 60);
	assert_int_equal(options.idle_sleep, 100);
	assert_true(options.mergeable);
	assert_int_equal(options.stats, 2);
	assert_string_equal(options.user, "nobody");
	assert_string_equal(options.group, "kvm");
	assert_int_equal(options.n_folders, 2);
	assert_string_equal(options.folders[1], "/run/b");
	options_free(&options);
	assert_int_equal(PARSE(&options, "-p", "0x2", "-P", "--vm2vm", "0", "--vlan-strip", "0",
				 "--rx-retry", "0", "--rx-retry-num", "7", "--rx-retry-delay", "30",
				 "--total-num-mbufs", "200000", "--tx-csum", "0", "--tso", "0"),
		OPTIONS_OK);
	assert_int_equal(options.port_mask, 2);
	assert_true(options.promiscuous);
	assert_int_equal(options.vm2vm, 0);
	assert_false(options.vlan_strip);
	assert_int_equal(options.rx_retry, 0);
	assert_int_equal(options.rx_retry_num, 7);
	assert_int_equal(options.rx_retry_delay, 30);
	assert_int_equal(options.total_num_mbufs, 200000);
	assert_false(options.tx_csum);
	assert_false(options.tso);
	options_free(&options);
	assert_int_equal(PARSE(&options, "--tx-csum", "1"), OPTIONS_OK);
	assert_true(options.tx_csum);
	assert_false(options.tso);
	assert_int_equal(PARSE(&options, "--features-off", "0xC00000000"), OPTIONS_OK);
	assert_int_equal(options.features_off, 0xc00000000);
	/* It needs the other, whatever that was set to. */
	assert_int_equal(PARSE(&options, "--tso", "1", "--tx-csum", "0"), OPTIONS_OK);
	assert_true(options.tx_csum);
	assert_true(options.tso);
}

static void
groups_have_levels(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(options_parse(&options, 0, (char *[]){NULL}), OPTIONS_OK);
	assert_int_equal(options.authority.n, 0);
	assert_int_equal(PARSE(&options, "--look-group", "root", "--change-group", "107",
				 "--admin-group=4294967294", "--look-group", "108"),
		OPTIONS_OK);
	assert_int_equal(options.authority.n, 4);
	assert_int_equal(options.authority.groups[0].group, 0);
	assert_int_equal(options.authority.groups[0].level, LEVEL_LOOK);
	assert_int_equal(options.authority.groups[1].group, 107);
	assert_int_equal(options.authority.groups[1].level, LEVEL_CHANGE);
	assert_int_equal(options.authority.groups[2].group, 4294967294);
	assert_int_equal(options.authority.groups[2].level, LEVEL_ADMINISTER);
	assert_int_equal(options.authority.groups[3].group, 108);
	assert_int_equal(PARSE(&options, "--look-group", "no such group"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--look-group", "4294967295"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--look-group", ""), OPTIONS_INVALID);
	/* The kernel shows everybody as that whom it cannot name here. */
	assert_int_equal(PARSE(&options, "--look-group", "65534"), OPTIONS_INVALID);
}

static void
bad_values(void **state)
{
	struct options options;

	(void)state;
	assert_int_equal(PARSE(&options, "--ageing", "0"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--ageing", "-5"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--mergeable", "yes"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--stats"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "-p", "3"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "-p", "g"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "-p", ""), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "-p"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--vm2vm", "3", "-p", "1"), OPTIONS_INVALID);
	/* Without an uplink, frames for it would be lost. */
	assert_int_equal(PARSE(&options, "--vm2vm", "0"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--rx-retry-num", "101"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--tso", "2"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--features-off", ""), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--features-off", "packed"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--features-off", "-1"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--features-off", " 1"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--features-off", "0x10000000000000000"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--features-off", "0x4000000"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--features-off", "0x100000000"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--tx-csum", "x"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--dmas", "[txd0@00:04.0]"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--builtin-net-driver"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--no-such"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "word"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--control-socket", "relative"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--socket-file", "/a/../b"), OPTIONS_INVALID);
	assert_int_equal(PARSE(&options, "--socket-file", "/run/a", "--socket-file", "/run/a"),
		OPTIONS_INVALID);
	options_free(&options);
}

static void
finds_its_own_part(void **state)
{
	char *argv[] = {"vhost-switch", "-l", "0", "--", "--client", "--"};

	(void)state;
	assert_int_equal(options_own_start(6, argv), 3);
	assert_int_equal(options_own_start(3, argv), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_option),
		cmocka_unit_test(groups_have_levels),
		cmocka_unit_test(bad_values),
		cmocka_unit_test(finds_its_own_part),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
