/*
 * Tests of dialling a socket that others have made: which link leads to one.
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unix_socket.h"

#define SHARED 03770
#define OURS 0750

static char root[] = "/tmp/unix-socket-test.XXXXXX";

static struct sockaddr_un
at(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", root, name);
	return address;
}

/* Whether a listener is reached: its errno, 0 for yes. */
static int
dialled(const char *name)
{
	struct sockaddr_un address = at(name);
	int pin = unix_socket_pin(&address), fd, error;

	if (pin < 0)
		return errno;
	/* What is put in its place now changes nothing. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	error = connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
	close(fd);
	close(pin);
	return error;
}

static int
with_listener(void **state)
{
	struct sockaddr_un address;
	static int fd;

	if (!mkdtemp(root))
		return -1;
	address = at("real.sock");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*state = &fd;
	return bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 8) == 0 &&
			       symlink(address.sun_path, at("link.sock").sun_path) == 0 &&
			       mkfifo(at("pipe.sock").sun_path, 0600) == 0
		       ? 0
		       : -1;
}

static int
without(void **state)
{
	close(*(int *)*state);
	for (const char *const *name = (const char *const[]){"real.sock", "link.sock", "pipe.sock",
		     "stale.sock", NULL};
		*name; name++)
		unlink(at(*name).sun_path);
	return rmdir(root);
}

static void
a_socket_is_dialled(void **state)
{
	(void)state;
	assert_int_equal(chmod(root, SHARED), 0);
	assert_int_equal(dialled("real.sock"), 0);
	assert_int_equal(dialled("missing.sock"), ENOENT);
	assert_int_equal(dialled("pipe.sock"), ECONNREFUSED);
}

static void
a_link_leads_where_only_we_can_have_put_it(void **state)
{
	(void)state;
	assert_int_equal(chmod(root, SHARED), 0);
	assert_int_equal(dialled("link.sock"), ECONNREFUSED);
	assert_int_equal(chmod(root, OURS), 0);
	assert_int_equal(dialled("link.sock"), 0);
}

/* link -> the folder with the socket, in an inner folder that others may write to or not. */
static void
a_folder_on_the_way_is_no_link_of_others(void **state)
{
	char inner[sizeof(root) + 8], link[sizeof(inner) + 8];

	(void)state;
	assert_int_equal(chmod(root, OURS), 0);
	snprintf(inner, sizeof(inner), "%s/inner", root);
	snprintf(link, sizeof(link), "%s/link", inner);
	assert_int_equal(mkdir(inner, OURS), 0);
	assert_int_equal(symlink(root, link), 0);
	assert_int_equal(dialled("inner/link/real.sock"), 0);
	assert_int_equal(dialled("inner/link/link.sock"), 0);
	assert_true(unix_socket_is_guarded(at("inner/link/real.sock").sun_path));
	assert_int_equal(chmod(inner, SHARED), 0);
	assert_int_equal(dialled("inner/link/real.sock"), ENOTDIR);
	assert_false(unix_socket_is_guarded(at("inner/link/real.sock").sun_path));
	assert_int_equal(unlink(link), 0);
	/* Without the sticky bit a folder of ours may have been moved there. */
	assert_int_equal(mkdir(link, OURS), 0);
	assert_true(unix_socket_is_guarded(at("inner/link/real.sock").sun_path));
	assert_int_equal(chmod(inner, SHARED & ~S_ISVTX), 0);
	assert_false(unix_socket_is_guarded(at("inner/link/real.sock").sun_path));
	assert_int_equal(rmdir(link), 0);
	assert_int_equal(rmdir(inner), 0);
}

/* ours -> inner/theirs, where inner is others', and theirs -> the folder with the socket. */
static void
a_link_of_ours_leads_through_none_of_others(void **state)
{
	char inner[sizeof(root) + 8], theirs[sizeof(inner) + 8], ours[sizeof(root) + 8];

	(void)state;
	assert_int_equal(chmod(root, OURS), 0);
	snprintf(inner, sizeof(inner), "%s/inner", root);
	snprintf(theirs, sizeof(theirs), "%s/theirs", inner);
	snprintf(ours, sizeof(ours), "%s/ours", root);
	assert_int_equal(mkdir(inner, OURS), 0);
	assert_int_equal(symlink("..", theirs), 0);
	assert_int_equal(symlink("inner/theirs", ours), 0);
	assert_int_equal(dialled("ours/real.sock"), 0);
	assert_int_equal(chmod(inner, SHARED), 0);
	assert_int_equal(dialled("ours/real.sock"), ENOTDIR);
	assert_false(unix_socket_is_guarded(at("ours/real.sock").sun_path));
	/* The same at the end. */
	assert_int_equal(unlink(ours), 0);
	assert_int_equal(symlink("inner/theirs/real.sock", ours), 0);
	assert_int_equal(dialled("ours"), ENOTDIR);
	assert_int_equal(chmod(inner, OURS), 0);
	assert_int_equal(dialled("ours"), 0);
	assert_int_equal(unlink(ours), 0);
	assert_int_equal(symlink("ours", ours), 0);
	assert_int_equal(dialled("ours"), ELOOP);
	assert_int_equal(dialled("ours/real.sock"), ELOOP);
	for (const char *const *name = (const char *const[]){theirs, ours, NULL}; *name; name++)
		assert_int_equal(unlink(*name), 0);
	assert_int_equal(rmdir(inner), 0);
}

static void
nobody_behind_a_socket_is_refused(void **state)
{
	struct sockaddr_un address = at("stale.sock");
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(dialled("stale.sock"), ECONNREFUSED);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_is_dialled),
		cmocka_unit_test(a_link_leads_where_only_we_can_have_put_it),
		cmocka_unit_test(a_folder_on_the_way_is_no_link_of_others),
		cmocka_unit_test(a_link_of_ours_leads_through_none_of_others),
		cmocka_unit_test(nobody_behind_a_socket_is_refused),
	};

	return cmocka_run_group_tests(tests, with_listener, without);
}
