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
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

static int
dial(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, path, strlen(path));
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
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
