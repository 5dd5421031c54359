/*
 * A test of dialling where nobody listens: rte_vhost's thread, which serves all guests, stays the
 * same. Where it ended with each attempt, that took the control thread a second.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_eal.h>

#include "vhost.h"

#define ROUNDS 3

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Sum of the numbers of this process's threads: another one when a thread begins or ends. */
static long
threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	long sum = 0;

	assert_non_null(tasks);
	for (struct dirent *entry; (entry = readdir(tasks));)
		sum += strtol(entry->d_name, NULL, 10);
	closedir(tasks);
	return sum;
}

static void
keeps_the_thread(void **state)
{
	static struct vhost_socket socket = {
		.name = "nobody", .path = "/nowhere/nobody.sock", .listener = LISTENER_QEMU};
	long before, dialling;

	(void)state;
	before = threads();
	assert_true(vhost_open(&socket));
	dialling = threads();
	/* rte_vhost's begins with the first socket. */
	assert_int_not_equal(dialling, before);
	for (int i = 0; i < ROUNDS; i++) {
		vhost_redial();
		assert_int_equal(threads(), dialling);
	}
	vhost_close(&socket);
	assert_int_equal(threads(), dialling);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(keeps_the_thread)};
	char *eal[] = {argv[0], "--no-huge", "-m", "16", "--no-shconf", "--no-pci",
		"--no-telemetry", "--log-level", "error", "--lcores", "0"};
	const struct vhost_owner owner = {.lock = &lock};

	(void)argc;
	if (rte_eal_init(sizeof(eal) / sizeof(*eal), eal) < 0)
		return EXIT_FAILURE;
	vhost_init(&owner);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
