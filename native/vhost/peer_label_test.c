#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer_label.h"

static void
names(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *label;
	} cases[] = {
		{"libvirt-1234 (enforce)\n", 23, "libvirt-1234"},
		{"libvirt-1234 (complain)", 23, "libvirt-1234"},
		{"libvirt-1234", 12, "libvirt-1234"},
		{"unconfined\n", 11, "unconfined"},
		{"system_u:system_r:svirt_t:s0:c1,c2\0", 35, "system_u:system_r:svirt_t:s0:c1,c2"},
		{"system_u:system_r:svirt_t:s0:c1,c2", 34, "system_u:system_r:svirt_t:s0:c1,c2"},
		{"a\0b\n\0", 5, "a?b"},
		{"a(b)", 4, "a(b)"},
		{"(b)", 3, "(b)"},
		{" (b)", 4, ""},
		{"\x1b[2Ja\xff", 6, "?[2Ja?"},
		{"\n", 1, ""},
		{"", 0, ""},
	};
	char label[PEER_LABEL_ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		peer_label_name(cases[i].text, cases[i].size, label);
		assert_string_equal(label, cases[i].label);
	}
}

/* The beginning of a longer label is none that a port can have. */
static void
long_names(void **state)
{
	char text[PEER_LABEL_MAX + 100], label[PEER_LABEL_ROOM];

	(void)state;
	memset(text, 'a', sizeof(text));
	peer_label_name(text, sizeof(text), label);
	assert_int_equal(strlen(label), PEER_LABEL_MAX + 1);
	peer_label_name(text, PEER_LABEL_MAX, label);
	assert_int_equal(strlen(label), PEER_LABEL_MAX);
}

/* This process's own label as the kernel says it; "": it says none. */
static void
own_label(char label[PEER_LABEL_ROOM])
{
	char text[PEER_LABEL_ROOM];
	int fd = open("/proc/self/attr/current", O_RDONLY);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	peer_label_name(text, size > 0 ? size : 0, label);
}

/* Whatever this kernel does, it is said where the label is from, and which it is. */
static void
of_this_process(void **state)
{
	char label[PEER_LABEL_ROOM], own[PEER_LABEL_ROOM], text[PEER_LABEL_ROOM];
	socklen_t size = sizeof(text);
	enum peer_source dialled;
	bool has_option;
	int pair[2];

	(void)state;
	own_label(own);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	has_option = getsockopt(pair[0], SOL_SOCKET, SO_PEERSEC, text, &size) == 0;
	dialled = own[0] ? PEER_PROCESS : PEER_UNKNOWN;
	assert_int_equal(peer_label_read(pair[0], LISTENER_QEMU, label), dialled);
	assert_string_equal(label, own);
	assert_int_equal(peer_label_read(pair[0], LISTENER_SWITCH, label),
		has_option ? PEER_CONNECTION : dialled);
	assert_string_equal(label, own);
	close(pair[0]);
	close(pair[1]);
}

/* A connection to a process that listened and accepted; it ends when `end` is closed. */
static pid_t
listener(const struct sockaddr_un *address, int *end)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), ready[2], over[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(over), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)address, sizeof(*address)), 0);
	pid = fork();
	if (pid == 0) {
		close(over[1]);
		if (listen(fd, 1) < 0 || write(ready[1], "", 1) < 0)
			_exit(1);
		_exit(read(over[0], &byte, 1) == 0 ? 0 : 1);
	}
	close(over[0]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	/* The socket stays in this process, as one that was passed on. */
	*end = over[1];
	return pid;
}

/* Who has ended cannot be judged by a number that others may have by now. */
static void
of_a_process_that_has_ended(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/tmp/peer_label.XXXXXX"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), end;
	char label[PEER_LABEL_ROOM], own[PEER_LABEL_ROOM];
	pid_t pid;

	(void)state;
	own_label(own);
	close(mkstemp(address.sun_path));
	unlink(address.sun_path);
	pid = listener(&address, &end);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(
		peer_label_read(fd, LISTENER_QEMU, label), own[0] ? PEER_PROCESS : PEER_UNKNOWN);
	close(end);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(peer_label_read(fd, LISTENER_QEMU, label), PEER_GONE);
	close(fd);
	unlink(address.sun_path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(long_names),
		cmocka_unit_test(of_this_process),
		cmocka_unit_test(of_a_process_that_has_ended),
	};

	return cmocka_run_group_tests_name("peer_label", tests, NULL, NULL);
}
