/*
 * Tests of how many lines pass, and of their forms in a file; of the journal's there is
 * test/switching/log.test.ts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "log_out.h"

static uint32_t limit;
static char folder[] = "/tmp/vmlane-log-XXXXXX", path[64], moved[64];
static char text[8 << 20];

static const char *
read_file(const char *name)
{
	FILE *file = fopen(name, "r");
	size_t n;

	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	assert_in_range(n, 0, sizeof(text) - 2);
	text[n] = '\0';
	fclose(file);
	return text;
}

static unsigned int
count(const char *what)
{
	unsigned int n = 0;

	for (const char *at = read_file(path); (at = strstr(at, what)); at++)
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

/* What a terminal would obey is not passed on, and a line is one. */
static void
test_control_characters(void **state)
{
	(void)state;
	limit = 0;
	LOG(ERR, "port c: a\x1b[31m\rb\x7f");
	assert_int_equal(count("port c: a?[31m?b?\n"), 1);
}

static void
test_text(void **state)
{
	const char *line;
	int year, n = 0;

	(void)state;
	limit = 0;
	LOG(WARNING, "port d: late");
	line = strstr(read_file(path), "warning vhost-switch: port d: late\n");
	assert_non_null(line);
	line -= strlen("2026-11-29T20:40:01.123456Z ");
	assert_true(line == text || line[-1] == '\n');
	assert_int_equal(
		sscanf(line, "%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*6dZ warning%n", &year, &n), 1);
	assert_int_equal(n, strlen("2026-11-29T20:40:01.123456Z warning"));
	assert_in_range(year, 2026, 9999);
}

static void
test_json(void **state)
{
	(void)state;
	limit = 0;
	assert_true(log_out_open(path, LOG_FORM_JSON));
	LOG(ERR, "port \"e\\: says \"hm\"");
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1, "VHOST_CONFIG: (/a\xff) line\n");
	assert_int_equal(count("\"level\":\"error\",\"port\":\"\\\"e\\\\\","
			       "\"message\":\"port \\\"e\\\\: says \\\"hm\\\"\"}\n"),
		1);
	assert_int_equal(
		count("\"level\":\"error\",\"message\":\"VHOST_CONFIG: (/a?) line\"}\n"), 1);
	/* A path is no port, whatever it says. */
	rte_log(RTE_LOG_ERR, RTE_LOGTYPE_USER1,
		"VHOST_CONFIG: (/a/vhost-switch: port web1: y) line\n");
	assert_int_equal(count("\"port\":\"web1\""), 0);
	assert_true(log_out_open(path, LOG_FORM_TEXT));
}

static void
test_rotation(void **state)
{
	(void)state;
	limit = 0;
	LOG(ERR, "port f: before");
	assert_int_equal(rename(path, moved), 0);
	LOG(ERR, "port f: moved");
	assert_true(log_out_reopen());
	LOG(ERR, "port f: after");
	dprintf(STDERR_FILENO, "a library's own line\n");
	assert_int_equal(count("port f: after"), 1);
	assert_int_equal(count("port f: moved"), 0);
	assert_int_equal(count("a library's own line"), 1);
	read_file(moved);
	assert_non_null(strstr(text, "port f: moved"));
	/* Somebody's link is not followed, and nothing is lost. */
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(symlink(moved, path), 0);
	assert_false(log_out_reopen());
	assert_int_equal(unlink(path), 0);
	assert_int_equal(link(moved, path), 0);
	assert_false(log_out_reopen());
	LOG(ERR, "port f: at last");
	assert_int_equal(count("port f: at last"), 1);
	assert_int_equal(unlink(path), 0);
	assert_true(log_out_reopen());
}

static void
test_levels(void **state)
{
	(void)state;
	limit = 0;
	log_level(RTE_LOG_ERR);
	LOG(WARNING, "port g: quiet");
	log_level(RTE_LOG_DEBUG);
	LOG(DEBUG, "port g: loud");
	log_level(0);
	LOG(DEBUG, "port g: as before");
	assert_int_equal(count("port g: quiet"), 0);
	assert_int_equal(count("port g: as before"), 0);
	assert_int_equal(count("debug vhost-switch: port g: loud"), 1);
}

/* A pipe that nobody reads. */
static void
test_nobody_reads(void **state)
{
	int own = dup(STDERR_FILENO), ends[2];
	uint64_t left_out;
	ssize_t n = 0;

	(void)state;
	limit = 0;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	assert_true(log_out_open(NULL, LOG_FORM_TEXT));
	alarm(60); /* who waits for a reader, waits for ever */
	for (int i = 0; i < 10000; i++)
		LOG(ERR, "port h: line %d", i);
	alarm(0);
	left_out = log_left_out("h");
	assert_in_range(left_out, 1, 9999);
	n = read(ends[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	/* The flag is not that of others who have the pipe. */
	assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	LOG(ERR, "port h: at last");
	n = read(ends[0], text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, "lines about h were left out"));
	assert_non_null(strstr(text, "port h: at last\n"));
	assert_true(log_out_open(path, LOG_FORM_TEXT));
	dup2(own, STDERR_FILENO);
	close(own);
	close(ends[0]);
	close(ends[1]);
}

/* What cmocka says is for who runs this, not for the log. */
static int
capture(void **state)
{
	int own[] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
	bool done;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/log", folder);
	snprintf(moved, sizeof(moved), "%s/log.1", folder);
	done = log_out_open(path, LOG_FORM_TEXT) && log_limit(&limit);
	dup2(own[0], STDOUT_FILENO);
	return done ? 0 : -1;
}

static int
tidy(void **state)
{
	(void)state;
	return unlink(path) || unlink(moved) || rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_port_is_limited),
		cmocka_unit_test(test_odd_lines),
		cmocka_unit_test(test_control_characters),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_rotation),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_nobody_reads),
	};

	return cmocka_run_group_tests_name("log", tests, capture, tidy);
}
