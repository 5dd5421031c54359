/*
 * A test of sockets that appear: they are dialled without a round of vhost_redial(), also where
 * there is a moment between bind() and listen(), and no more often than a round allows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>

#include "vhost.h"

/* Milliseconds until the test fails; what is awaited comes at once. */
#define PATIENCE 20000
/* More than a port may have early dials. */
#define MANY 50
/* Until folders are looked up anew. */
#define ROUNDS 10

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char folder[] = "/tmp/vhost_appear_test.XXXXXX";
static char paths[2][sizeof(folder) + 8];
static struct vhost_socket sockets[2];

static void
publish(void *context)
{
	(void)context;
}

static void
tell(void *context, struct vhost_socket *socket, bool up)
{
	(void)context;
	(void)socket;
	(void)up;
}

static uint32_t
no_limit(void *context, enum vhost_limit which)
{
	(void)context;
	return which == VHOST_LIMIT_MESSAGES ? UINT32_MAX : 0;
}

static int
opens(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		sockets[i] = (struct vhost_socket){.name = paths[i],
			.path = paths[i],
			.listener = LISTENER_QEMU,
			.peer_label = ""};
		if (!vhost_open(&sockets[i]))
			return -1;
	}
	return 0;
}

static int
closes(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		vhost_close(&sockets[i]);
		unlink(paths[i]);
	}
	return 0;
}

static int
binds(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Whether there is something to do. */
static bool
sees(int patience)
{
	struct pollfd event = {.fd = vhost_appeared(), .events = POLLIN};

	return poll(&event, 1, patience) == 1;
}

static bool
is_dialled(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void
dials_at_once(void **state)
{
	int listener;

	(void)state;
	assert_false(sees(0));
	listener = binds(paths[1]);
	assert_int_equal(listen(listener, 1), 0);
	assert_true(sees(PATIENCE));
	assert_false(vhost_dial_appeared());
	assert_true(is_dialled(listener));
	/* The other one in that folder is left alone. */
	assert_int_equal(sockets[0].early_dials - sockets[1].early_dials, 1);
	close(listener);
}

static void
dials_what_listens_later(void **state)
{
	int listener = binds(paths[0]);

	(void)state;
	assert_true(sees(PATIENCE));
	assert_true(vhost_dial_appeared());
	assert_int_equal(listen(listener, 1), 0);
	assert_false(is_dialled(listener));
	assert_false(vhost_dial_appeared());
	assert_true(is_dialled(listener));
	close(listener);
}

static void
dials_what_is_moved_there(void **state)
{
	char before[sizeof(paths[0]) + 8];
	int listener;

	(void)state;
	snprintf(before, sizeof(before), "%s.new", paths[0]);
	listener = binds(before);
	assert_int_equal(listen(listener, 1), 0);
	assert_true(sees(PATIENCE));
	assert_false(vhost_dial_appeared());
	assert_false(is_dialled(listener));
	assert_int_equal(rename(before, paths[0]), 0);
	assert_true(sees(PATIENCE));
	assert_false(vhost_dial_appeared());
	assert_true(is_dialled(listener));
	close(listener);
}

static void
is_bounded(void **state)
{
	int dials = 0;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		close(binds(paths[0]));
		unlink(paths[0]);
		assert_true(sees(PATIENCE));
		dials += vhost_dial_appeared();
	}
	assert_in_range(dials, 1, MANY / 2);
	assert_int_equal(sockets[0].early_dials, 0);
	vhost_redial();
	assert_int_not_equal(sockets[0].early_dials, 0);
}

/* A folder that comes after the port, and comes again: removed, or renamed. */
static void
finds_new_folders(void **state)
{
	char inner[sizeof(folder) + 8], path[sizeof(inner) + 8], away[sizeof(folder) + 8];
	struct vhost_socket socket = {
		.name = "inner", .path = path, .listener = LISTENER_QEMU, .peer_label = ""};
	int listener;

	(void)state;
	snprintf(inner, sizeof(inner), "%s/inner", folder);
	snprintf(path, sizeof(path), "%s/q.sock", inner);
	snprintf(away, sizeof(away), "%s/away", folder);
	assert_true(vhost_open(&socket));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(mkdir(inner, 0700), 0);
		for (int round = 0; round < ROUNDS; round++)
			vhost_redial();
		vhost_dial_appeared();
		listener = binds(path);
		assert_int_equal(listen(listener, 1), 0);
		assert_true(sees(PATIENCE));
		assert_false(vhost_dial_appeared());
		assert_true(is_dialled(listener));
		close(listener);
		unlink(path);
		assert_int_equal(i ? rmdir(inner) : rename(inner, away), 0);
		vhost_dial_appeared();
		/* rte_vhost sees the end of the connection in a thread of its own. */
		for (bool down = false; !down; usleep(1000)) {
			pthread_mutex_lock(&lock);
			down = socket.connection == VHOST_DOWN;
			pthread_mutex_unlock(&lock);
		}
	}
	vhost_close(&socket);
	assert_int_equal(rmdir(away), 0);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(dials_at_once, opens, closes),
		cmocka_unit_test_setup_teardown(dials_what_listens_later, opens, closes),
		cmocka_unit_test_setup_teardown(dials_what_is_moved_there, opens, closes),
		cmocka_unit_test_setup_teardown(is_bounded, opens, closes),
		cmocka_unit_test(finds_new_folders),
	};
	char *eal[] = {argv[0], "--no-huge", "-m", "16", "--no-shconf", "--no-pci",
		"--no-telemetry", "--log-level", "error", "--lcores", "0"};
	const struct vhost_owner owner = {
		.lock = &lock, .publish = publish, .tell = tell, .limit = no_limit};
	int failed;

	(void)argc;
	if (rte_eal_init(sizeof(eal) / sizeof(*eal), eal) < 0 || !mkdtemp(folder))
		return EXIT_FAILURE;
	for (int i = 0; i < 2; i++)
		snprintf(paths[i], sizeof(paths[i]), "%s/%d.sock", folder, i);
	vhost_init(&owner);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	vhost_end();
	rmdir(folder);
	return failed;
}
