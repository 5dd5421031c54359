/*
 * Tests of guests' folders, with real ones.
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
#include <sys/stat.h>
#include <unistd.h>

#include "guest_folder.h"

#define NOBODY 65534

static char root[] = "/tmp/guest-folder-test.XXXXXX";

/* One of few paths in the test's folder, valid until the next but three. */
static const char *
at(const char *name)
{
	static char paths[4][128];
	static int next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", root, name);
	return path;
}

static mode_t
mode_of(const char *name)
{
	struct stat stat;

	return lstat(at(name), &stat) < 0 ? 0 : stat.st_mode & 07777;
}

static gid_t
group_of(const char *name)
{
	struct stat stat;

	assert_int_equal(lstat(at(name), &stat), 0);
	return stat.st_gid;
}

/* By hand, whatever the umask. */
static void
make_folder(const char *name, mode_t mode)
{
	assert_int_equal(mkdir(at(name), mode), 0);
	assert_int_equal(chmod(at(name), mode), 0);
}

static void
refuses(const char *path, enum listener listener, int error)
{
	assert_false(guest_folder_make(at(path), listener));
	assert_int_equal(errno, error);
}

static void
test_comes_and_goes(void **state)
{
	(void)state;
	assert_true(guest_folder_make(at("guests/a/0.sock"), LISTENER_SWITCH));
	assert_int_equal(mode_of("guests/a"), 02750);
	assert_int_equal(group_of("guests/a"), group_of("guests"));
	assert_int_equal(umask(0117), 0117);
	assert_true(guest_folder_make(at("guests/b/0.sock"), LISTENER_QEMU));
	assert_int_equal(mode_of("guests/b"), 03770);
	guest_folder_remove(at("guests/b/0.sock"));
	assert_int_equal(mode_of("guests/b"), 0);

	assert_int_equal(mknod(at("guests/a/1.sock"), S_IFSOCK | 0600, 0), 0);
	assert_true(guest_folder_make(at("guests/a/1.sock"), LISTENER_SWITCH));
	guest_folder_remove(at("guests/a/0.sock"));
	assert_int_equal(mode_of("guests/a"), 02750);
	assert_int_equal(unlink(at("guests/a/1.sock")), 0);
	guest_folder_remove(at("guests/a/1.sock"));
	assert_int_equal(mode_of("guests/a"), 0);
	guest_folder_remove(at("guests/a/1.sock"));
}

static void
test_is_opened_to_a_qemu_that_listens(void **state)
{
	(void)state;
	assert_true(guest_folder_make(at("guests/a/0.sock"), LISTENER_SWITCH));
	assert_true(guest_folder_make(at("guests/a/1.sock"), LISTENER_QEMU));
	assert_int_equal(mode_of("guests/a"), 03770);
	assert_true(guest_folder_make(at("guests/a/2.sock"), LISTENER_SWITCH));
	guest_folder_remove(at("guests/a/0.sock"));
	assert_int_equal(mode_of("guests/a"), 0);
}

static void
test_only_where_it_is_asked_for(void **state)
{
	(void)state;
	refuses("plain/a/0.sock", LISTENER_SWITCH, ENOENT);
	refuses("nowhere/a/0.sock", LISTENER_SWITCH, ENOENT);
	assert_false(guest_folder_make("/a.sock", LISTENER_SWITCH));
	make_folder("plain/a", 0755);
	assert_true(guest_folder_make(at("plain/a/0.sock"), LISTENER_SWITCH));
	assert_true(guest_folder_make(at("plain/a/0.sock"), LISTENER_QEMU));
	guest_folder_remove(at("plain/a/0.sock"));
	assert_int_equal(mode_of("plain/a"), 0755);
	assert_int_equal(rmdir(at("plain/a")), 0);
}

/* What a link leads to is not what was checked. */
static void
test_follows_no_link(void **state)
{
	(void)state;
	make_folder("plain/a", 0755);
	assert_int_equal(symlink("../plain/a", at("guests/a")), 0);
	refuses("guests/a/0.sock", LISTENER_SWITCH, ENOTDIR);
	refuses("guests/a/0.sock", LISTENER_QEMU, ENOTDIR);
	guest_folder_remove(at("guests/a/0.sock"));
	assert_int_equal(mode_of("plain/a"), 0755);
	assert_int_equal(unlink(at("guests/a")), 0);
	assert_int_equal(rmdir(at("plain/a")), 0);
}

static void
test_lays_no_socket_that_others_could_replace(void **state)
{
	(void)state;
	make_folder("plain/a", 0770);
	refuses("plain/a/0.sock", LISTENER_SWITCH, EPERM);
	assert_true(guest_folder_make(at("plain/a/0.sock"), LISTENER_QEMU));
	/* There only its owner may. */
	assert_int_equal(chmod(at("plain/a"), S_ISVTX | 0770), 0);
	assert_true(guest_folder_make(at("plain/a/0.sock"), LISTENER_SWITCH));
	assert_int_equal(rmdir(at("plain/a")), 0);
}

static void
test_believes_no_folder_of_others(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can make another's */
	assert_true(guest_folder_make(at("guests/a/0.sock"), LISTENER_SWITCH));
	assert_int_equal(chown(at("guests/a"), NOBODY, -1), 0);
	refuses("guests/a/0.sock", LISTENER_SWITCH, EPERM);
	/* There it is QEMU's own matter. */
	assert_true(guest_folder_make(at("guests/a/0.sock"), LISTENER_QEMU));
	guest_folder_remove(at("guests/a/0.sock"));
	assert_int_not_equal(mode_of("guests/a"), 0);
	assert_int_equal(rmdir(at("guests/a")), 0);

	assert_int_equal(chown(at("guests"), NOBODY, -1), 0);
	refuses("guests/a/0.sock", LISTENER_SWITCH, EPERM);
	assert_int_equal(chown(at("guests"), 0, -1), 0);
	/* Without the sticky bit they could replace it. */
	assert_int_equal(chmod(at("guests"), 02770), 0);
	refuses("guests/a/0.sock", LISTENER_SWITCH, EPERM);
	assert_int_equal(chmod(at("guests"), 03770), 0);
	assert_true(guest_folder_make(at("guests/a/0.sock"), LISTENER_SWITCH));
	guest_folder_remove(at("guests/a/0.sock"));
	assert_int_equal(chmod(at("guests"), 02750), 0);
}

static int
make_root(void **state)
{
	(void)state;
	if (!mkdtemp(root) || mkdir(at("guests"), 0750) < 0 || mkdir(at("plain"), 0755) < 0)
		return -1;
	if (geteuid() == 0 && chown(at("guests"), 0, NOBODY) < 0)
		return -1;
	umask(0117);
	return chmod(at("guests"), 02750);
}

static int
remove_root(void **state)
{
	(void)state;
	return rmdir(at("guests")) | rmdir(at("plain")) | rmdir(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_and_goes),
		cmocka_unit_test(test_is_opened_to_a_qemu_that_listens),
		cmocka_unit_test(test_only_where_it_is_asked_for),
		cmocka_unit_test(test_follows_no_link),
		cmocka_unit_test(test_lays_no_socket_that_others_could_replace),
		cmocka_unit_test(test_believes_no_folder_of_others),
	};

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
