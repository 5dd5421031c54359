/*
 * Tests of which vhost-user messages reach rte_vhost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "vhost_message_fixture.h"

static int
memory_of(uint64_t size)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}

static struct vhost_message
table_of(uint32_t n, uint64_t size, uint64_t offset)
{
	struct vhost_message message = {
		.request = REQUEST_SET_MEM_TABLE, .flags = 1, .size = 8 + 32 * n, .memory.n = n};

	for (uint32_t i = 0; i < n; i++) {
		message.memory.region[i].size = size;
		message.memory.region[i].offset = offset;
	}
	return message;
}

#define FINE(message, fds, n) assert_null(vhost_message_problem(&(message), fds, n))
#define WRONG(message, fds, n, text)                                                               \
	assert_string_equal(vhost_message_problem(&(message), fds, n), text)

static void
test_requests(void **state)
{
	int event = eventfd(0, 0);
	struct vhost_message message;

	(void)state;
	message = message_of(REQUEST_GET_FEATURES, 0, 0);
	FINE(message, NULL, 0);
	WRONG(message, &event, 1, "another number of file descriptors than the request has");
	message.flags = 2;
	WRONG(message, NULL, 0, "another version of the protocol");
	message = message_of(REQUEST_SET_VRING_BASE, 8, 0);
	FINE(message, NULL, 0);
	message.size = 4;
	WRONG(message, NULL, 0, "a message that is too short");
	for (uint32_t request = 0; request < 70; request++) {
		message = message_of(request, 40, 0);
		if (request == 0 || (request > 21 && request != 39 && request != 40))
			WRONG(message, NULL, 0, "a request that a network device does not know");
	}
	message = message_of(UINT32_MAX, 8, 0);
	WRONG(message, NULL, 0, "a request that a network device does not know");
	close(event);
}

static void
test_memory(void **state)
{
	int fd = memory_of(8192), fds[] = {fd, fd, fd}, pipes[2];
	struct vhost_message message = table_of(2, 4096, 4096);

	(void)state;
	FINE(message, fds, 2);
	WRONG(message, fds, 3, "a memory table of another length than it says");
	message.size -= 1;
	WRONG(message, fds, 2, "a memory table of another length than it says");
	message = table_of(8, 4096, 0);
	message.memory.n = 9;
	WRONG(message, fds, 2, "a memory table of another length than it says");
	message = table_of(1, 4097, 4096);
	WRONG(message, fds, 1, "memory in a file that is shorter");
	message = table_of(1, 0, 0);
	WRONG(message, fds, 1, "memory in a file that is shorter");
	message = table_of(1, UINT64_MAX, 1);
	WRONG(message, fds, 1, "memory in a file that is shorter");
	message = table_of(1, 1, UINT64_MAX);
	WRONG(message, fds, 1, "memory in a file that is shorter");
	assert_int_equal(pipe(pipes), 0);
	message = table_of(1, 4096, 0);
	WRONG(message, pipes, 1, "memory that is not a file");
	message = message_of(REQUEST_SET_LOG_BASE, 16, 0);
	message.log.size = 8192;
	FINE(message, fds, 1);
	message.log.size++;
	WRONG(message, fds, 1, "memory in a file that is shorter");
	message.log.size = message.log.offset = 4096;
	WRONG(message, fds, 1, "a log that does not begin where its file does");
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

/* A page fault in a file on a disk waits for the disk. */
static void
test_memory_on_a_disk(void **state)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct vhost_message message = table_of(1, 4096, 0);
	struct statfs system;

	(void)state;
	assert_int_equal(fstatfs(fd, &system), 0);
	if (system.f_type == TMPFS_MAGIC)
		skip(); /* the build is in memory */
	WRONG(message, &fd, 1,
		"memory in a file that is neither on tmpfs (memfd, /dev/shm) nor on hugetlbfs");
	close(fd);
}

static void
test_interrupts(void **state)
{
	struct vhost_message message = message_of(REQUEST_SET_VRING_CALL, 8, 0);
	int event = eventfd(0, 0), pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	FINE(message, &event, 1);
	assert_true(fcntl(event, F_GETFL) & O_NONBLOCK);
	WRONG(message, &pipes[1], 1, "an interrupt that is no eventfd");
	WRONG(message, NULL, 0, "another number of file descriptors than the request has");
	message.number = 1 << 8;
	FINE(message, NULL, 0);
	close(event);
	close(pipes[0]);
	close(pipes[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_memory_on_a_disk),
		cmocka_unit_test(test_interrupts),
	};

	return cmocka_run_group_tests_name("vhost_message", tests, NULL, NULL);
}
