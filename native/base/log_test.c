/*
 * Tests of how many lines pass.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

static uint32_t limit;
static char *text;
static size_t text_size;

static unsigned int
count(const char *what)
{
	unsigned int n = 0;

	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static void
test_one_port_is_limited(void **state)
{
	(void)state;
	limit = 1;
	for (int i = 0; i < 10000; i++)
		LOG(ERR, "port a: line %d", i);
	for (int i = 0; i < 10000; i++)
		rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1, "VHOST_CONFIG: (/run/a.sock) line\n");
	/* Ten at once, and perhaps some more if this takes seconds. */
	assert_in_range(count("port a: line"), 10, 5000);
	assert_in_range(count("(/run/a.sock) line"), 10, 5000);
	assert_int_equal(log_left_out("a") + count("port a: line"), 10000);
	assert_int_equal(log_left_out("/run/a.sock") + count("(/run/a.sock) line"), 10000);
	/* Others are not. */
	LOG(ERR, "port b: line");
	LOG(ERR, "stopping");
	assert_int_equal(count("port b: line"), 1);
	assert_int_equal(count("stopping"), 1);
	assert_int_equal(log_left_out("b"), 0);
	limit = 0;
	LOG(ERR, "port a: at last");
	assert_int_equal(count("port a: at last"), 1);
	assert_in_range(count("lines about a were left out"), 1, 5000);
}

/* Messages of rte_vhost's end in a text that a guest may have a hand in. */
static void
test_odd_lines(void **state)
{
	(void)state;
	limit = 1;
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1, "VHOST_CONFIG: (/no end\n");
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1, "vhost-switch: port no end\n");
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1, "\n");
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1, "no newline");
	assert_int_equal(count("no end\n"), 2);
	assert_int_equal(count("no newline"), 1);
}

static int
capture(void **state)
{
	FILE *stream = open_memstream(&text, &text_size);

	(void)state;
	return stream && rte_openlog_stream(stream) == 0 && log_limit(&limit) ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_port_is_limited),
		cmocka_unit_test(test_odd_lines),
	};

	return cmocka_run_group_tests_name("log", tests, capture, NULL);
}
