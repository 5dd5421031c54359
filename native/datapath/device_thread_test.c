/*
 * A test of memifs that are closed just as their other side goes: DPDK's driver notices that on a
 * thread of its own. On one processor, as threads seldom come in each other's way on several.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_eal.h>

#include "device.h"
#include "vswitch.h"

/* The driver ended the process within the first 700 in each of five runs. */
#define TIMES 1500
#define MESSAGE 128
#define INIT 3

static char folder[] = "/tmp/vmlane-XXXXXX", path[64], name[DEVICE_NAME_MAX + 1];

static int dialled;

/* 0, or errno. */
static int
try_to_dial(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memcpy(address.sun_path, path, strlen(path));
	dialled = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_true(dialled >= 0);
	if (connect(dialled, (struct sockaddr *)&address, sizeof(address)) == 0)
		return 0;
	close(dialled);
	return errno;
}

static int
dial(void)
{
	assert_int_equal(try_to_dial(), 0);
	return dialled;
}

/* The driver has a device for it from now on; bench/memif.c goes on from here. */
static void
introduce(int fd)
{
	uint8_t message[MESSAGE];

	assert_int_equal(recv(fd, message, sizeof(message), 0), MESSAGE);
	memset(message, 0, sizeof(message));
	message[0] = INIT;
	message[3] = 2; /* the protocol's version */
	assert_int_equal(send(fd, message, sizeof(message), 0), MESSAGE);
	assert_int_equal(recv(fd, message, sizeof(message), 0), MESSAGE);
}

static void *
hang_up(void *fd)
{
	close((int)(intptr_t)fd);
	return NULL;
}

static struct device *
open_memif(const struct vswitch *sw)
{
	char problem[DEVICE_PROBLEM_MAX];
	struct device *device = device_open(sw, name, false, problem);

	if (!device)
		fail_msg("%s", problem);
	return device;
}

static int
count_descriptors(void)
{
	DIR *all = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(all);
	while (readdir(all))
		n++;
	closedir(all);
	return n;
}

/* What the driver has accepted meanwhile, it closes when it sees that the other side has gone. */
static void
await_descriptors(int n)
{
	for (int tries = 0; tries < 10000 && count_descriptors() != n; tries++)
		usleep(1000);
	assert_int_equal(count_descriptors(), n);
}

static void
once(const struct vswitch *sw, unsigned int wait_us)
{
	struct device *device = open_memif(sw);
	int fd = dial();
	pthread_t thread;

	introduce(fd);
	assert_int_equal(pthread_create(&thread, NULL, hang_up, (void *)(intptr_t)fd), 0);
	usleep(wait_us);
	device_close(device);
	pthread_join(thread, NULL);
}

static void
both_sides_go_at_once(void **state)
{
	struct vswitch *sw = vswitch_create();
	int descriptors;

	(void)state;
	assert_non_null(sw);
	once(sw, 0);
	descriptors = count_descriptors();
	for (unsigned int i = 0; i < TIMES; i++)
		once(sw, i % 100);
	await_descriptors(descriptors);
	vswitch_destroy(sw);
}

/* One that nobody has accepted yet: nothing is left that would. */
static void
it_closes_while_somebody_dials(void **state)
{
	struct vswitch *sw = vswitch_create();
	int descriptors = count_descriptors();

	(void)state;
	assert_non_null(sw);
	for (int i = 0; i < 100; i++) {
		struct device *device = open_memif(sw);
		int fd = dial();

		device_close(device);
		close(fd);
	}
	await_descriptors(descriptors);
	vswitch_destroy(sw);
}

/* One that was accepted and says who it is when its device has gone. */
static void
it_introduces_itself_too_late(void **state)
{
	struct vswitch *sw = vswitch_create();
	int descriptors = count_descriptors();
	uint8_t message[MESSAGE];

	(void)state;
	assert_non_null(sw);
	for (int i = 0; i < 100; i++) {
		struct device *device = open_memif(sw);
		int fd = dial();

		assert_int_equal(recv(fd, message, sizeof(message), 0), MESSAGE);
		device_close(device);
		/* Nobody is there any more. */
		assert_int_equal(recv(fd, message, sizeof(message), 0), 0);
		close(fd);
	}
	await_descriptors(descriptors);
	vswitch_destroy(sw);
}

/* As where root has made it in a folder of its own, and the switch is an account then. */
static void
its_file_cannot_be_removed(void **state)
{
	struct vswitch *sw = vswitch_create();
	struct device *device = open_memif(sw);
	int descriptors = count_descriptors();
	char moved[80];

	(void)state;
	snprintf(moved, sizeof(moved), "%s.moved", path);
	assert_int_equal(rename(path, moved), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	device_close(device);
	assert_int_equal(rmdir(path), -1); /* remove() takes a folder, too */
	assert_int_equal(rename(moved, path), 0);
	/* Nobody listens behind the file that is left. */
	assert_int_equal(try_to_dial(), ECONNREFUSED);
	await_descriptors(descriptors - 1);
	assert_int_equal(unlink(path), 0);
	vswitch_destroy(sw);
}

/* Another device has it, too, and others may dial it. */
static void
another_device_has_its_socket(void **state)
{
	struct vswitch *sw = vswitch_create();
	struct device *first = open_memif(sw), *second;
	char problem[DEVICE_PROBLEM_MAX], other[DEVICE_NAME_MAX + 1];

	(void)state;
	snprintf(other, sizeof(other), "net_memif1,id=1,role=server,socket=%s,socket-abstract=no",
		path);
	second = device_open(sw, other, false, problem);
	if (!second)
		fail_msg("%s", problem);
	device_close(second);
	for (int i = 0; i < 2; i++) {
		int fd = dial();

		introduce(fd);
		close(fd);
		usleep(1000);
	}
	device_close(first);
	assert_int_equal(try_to_dial(), ENOENT);
	vswitch_destroy(sw);
}

/* Both ends are the switch's, as in a test. */
static void
its_dialer_goes_and_comes(void **state)
{
	struct vswitch *sw = vswitch_create();
	struct device *server = open_memif(sw);
	char problem[DEVICE_PROBLEM_MAX], other[DEVICE_NAME_MAX + 1];

	(void)state;
	snprintf(other, sizeof(other), "net_memif1,role=client,socket=%s,socket-abstract=no", path);
	for (int i = 0; i < 3; i++) {
		struct device *client = device_open(sw, other, false, problem);

		if (!client)
			fail_msg("%s", problem);
		for (int tries = 0; tries < 10000 && !device_link_is_up(server); tries++)
			usleep(1000);
		assert_true(device_link_is_up(server));
		device_close(client);
		for (int tries = 0; tries < 10000 && device_link_is_up(server); tries++)
			usleep(1000);
		assert_false(device_link_is_up(server));
	}
	device_close(server);
	vswitch_destroy(sw);
}

static int
make_names(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/memif.sock", folder);
	snprintf(name, sizeof(name), "net_memif0,role=server,socket=%s,socket-abstract=no", path);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int
main(int argc, char **argv)
{
	char lcores[32];
	const char *eal[] = {argv[0], "--no-huge", "--no-shconf", "--no-pci", "--no-telemetry",
		"--log-level=error", "-m128", lcores};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_go_at_once),
		cmocka_unit_test(it_closes_while_somebody_dials),
		cmocka_unit_test(it_introduces_itself_too_late),
		cmocka_unit_test(its_file_cannot_be_removed),
		cmocka_unit_test(another_device_has_its_socket),
		cmocka_unit_test(its_dialer_goes_and_comes),
	};

	int cpu = sched_getcpu();
	cpu_set_t one;

	(void)argc;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	snprintf(lcores, sizeof(lcores), "--lcores=0@%d", cpu);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		return EXIT_FAILURE;
	if (rte_eal_init(RTE_DIM(eal), (char **)(uintptr_t)eal) < 0)
		return EXIT_FAILURE;
	return cmocka_run_group_tests_name("device_thread", tests, make_names, remove_folder);
}
