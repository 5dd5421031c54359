/*
 * Tests of what clients are told: the lines, and who gets them, over real connections.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clients.h"
#include "methods.h"
#include "watch.h"

#include "../datapath/events.h"

static const struct authority nobody_else;
static const struct rpc_param none[] = {{0}};
static const struct rpc_method methods[] = {
	{"events.watch", "", LEVEL_LOOK, none, method_events_watch}};
static const struct rpc_table table = {methods, 1, NULL};
static const char ask[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events.watch\"}\n";

static char folder[] = "/tmp/watch_test.XXXXXX", path[64];
static uint32_t idle = 5;
static uint64_t now_ms;
static struct clients *clients;
/* What the last one that was read got. */
static char got[4 * LIMIT_WATCH_BYTES];

/* The control thread's work. */
static void
serve(void)
{
	struct pollfd polls[CLIENTS_POLLS];

	for (int i = 0; i < 20; i++) {
		clients_poll(clients, polls);
		assert_true(poll(polls, CLIENTS_POLLS, 0) >= 0);
		clients_serve(clients, polls);
		clients_answer(clients, polls, now_ms, true);
	}
}

static int
dial(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void
say(int fd, const char *line)
{
	assert_int_equal(send(fd, line, strlen(line), 0), strlen(line));
	serve();
}

/* All that there is; -1: and then the connection ended. */
static int
hear(int fd)
{
	size_t length = 0;
	ssize_t n;

	serve();
	do {
		n = recv(fd, got + length, sizeof(got) - 1 - length, MSG_DONTWAIT);
		length += n > 0 ? n : 0;
		serve();
	} while (n > 0);
	got[length] = '\0';
	return n == 0 ? -1 : 0;
}

static int
watcher(void)
{
	int fd = dial();

	say(fd, ask);
	assert_int_equal(hear(fd), 0);
	assert_string_equal(got, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"changed\":true}}\n");
	return fd;
}

static int
set_up(void **state)
{
	(void)state;
	strcpy(strrchr(folder, '.'), ".XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/s", folder);
	now_ms = 0;
	clients = clients_create(&table, path, &nobody_else, &idle);
	assert_non_null(clients);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	clients_destroy(clients);
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

static void
expect_line(const struct event *event, const char *params)
{
	char *line = watch_line(event), want[512];

	snprintf(want, sizeof(want), "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":%s}\n",
		params);
	assert_non_null(line);
	assert_string_equal(line, want);
	free(line);
}

static void
lines(void **state)
{
	struct event event = {
		.time = {.tv_sec = 1, .tv_nsec = 20999999}, .what = EVENT_PORT_UP, .port = "a.0"};

	(void)state;
	expect_line(&event,
		"{\"time\":\"1970-01-01T00:00:01.020Z\",\"event\":\"port-up\",\"port\":\"a.0\"}");
	event.what = EVENT_ADDRESS_MOVED;
	event.has_address = true;
	memcpy(event.mac, (uint8_t[]){2, 0, 0, 0, 0xab, 1}, 6);
	strcpy(event.from, "b");
	expect_line(&event,
		"{\"time\":\"1970-01-01T00:00:01.020Z\",\"event\":\"address-moved\",\"port\":"
		"\"a.0\",\"mac\":\"02:00:00:00:ab:01\",\"vlan\":0,\"from\":\"b\"}");
	event = (struct event){
		.what = EVENT_LIMIT, .port = "a", .reason = "flood_limit", .count = 5};
	expect_line(&event,
		"{\"time\":\"1970-01-01T00:00:00.000Z\",\"event\":\"limit\",\"port\":\"a\","
		"\"reason\":\"flood_limit\",\"count\":5}");
}

static void
who_asked_is_told(void **state)
{
	int other = dial(), one;

	(void)state;
	serve();
	assert_false(clients_watch(clients));
	one = watcher();
	assert_true(clients_watch(clients));
	say(one, ask);
	clients_tell(clients, "first\n");
	clients_tell(clients, "second\n");
	assert_int_equal(hear(one), 0);
	assert_string_equal(got,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"changed\":false}}\nfirst\nsecond\n");
	assert_int_equal(hear(other), 0);
	assert_string_equal(got, "");
	close(one);
	serve();
	assert_false(clients_watch(clients));
	close(other);
}

/* It is told how many it missed, between what it got before and what comes after. */
static void
who_does_not_read_misses(void **state)
{
	static const char line[] =
		"0123456789012345678901234567890123456789012345678901234567890\n";
	int one = watcher(), other = watcher();
	unsigned long n = 0, missed;
	const char *end, *at;

	(void)state;
	for (; n < 20000; n++) {
		clients_tell(clients, line);
		if (n % 100 == 0)
			assert_int_equal(hear(other), 0);
	}
	assert_int_equal(hear(other), 0);
	assert_null(strstr(got, "missed")); /* nobody else misses anything */
	assert_int_equal(hear(one), 0);
	for (at = got; !strncmp(at, line, strlen(line)); at += strlen(line))
		n--;
	assert_in_range(n, 1, 19999);
	assert_string_equal(at, ""); /* what it missed is told with the next */
	clients_tell(clients, "after\n");
	assert_int_equal(hear(one), 0);
	end = strstr(got, "\"event\":\"missed\",\"missed\":");
	assert_non_null(end);
	assert_int_equal(sscanf(strrchr(end, ':') + 1, "%lu", &missed), 1);
	assert_int_equal(missed, n);
	assert_string_equal(strchr(end, '\n'), "\nafter\n");
	close(one);
	close(other);
}

/* Without another event, too; and what found no room in the switch itself is added. */
static void
what_was_missed_is_told_soon(void **state)
{
	int one = watcher();

	(void)state;
	clients_tell(clients, NULL);
	clients_tell_missed(clients, 2);
	assert_int_equal(hear(one), 0);
	assert_non_null(strstr(got, "\"event\":\"missed\",\"missed\":3}}\n"));
	clients_tell_missed(clients, 0);
	assert_int_equal(hear(one), 0);
	assert_string_equal(got, "");
	close(one);
}

/* To watch is not to be idle; not to read is. */
static void
who_hangs_is_disconnected(void **state)
{
	int one = watcher(), other = dial();

	(void)state;
	serve();
	now_ms += 1000 * idle + 1;
	serve();
	assert_int_equal(hear(other), -1);
	assert_int_equal(hear(one), 0);
	for (int i = 0; i < 100000; i++)
		clients_tell(clients, "a line that nobody reads\n");
	serve();
	now_ms += 1000 * idle + 1;
	serve();
	assert_int_equal(hear(one), -1);
	assert_false(clients_watch(clients));
	close(one);
	close(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(who_asked_is_told),
		TEST(who_does_not_read_misses),
		TEST(what_was_missed_is_told_soon),
		TEST(who_hangs_is_disconnected),
#undef TEST
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
