/*
 * Tests of whose job a message's file descriptors are: closed when a message is refused, left
 * alone on other sockets, and no thread is kept from ending.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "vhost_message_fixture.h"

static int
open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int n = 0;

	while (readdir(folder))
		n++;
	closedir(folder);
	return n;
}

static void
send_with_files(int socket, struct vhost_message *message, const int *fds, int n)
{
	char control[CMSG_SPACE(8 * sizeof(int))] __attribute__((aligned(8))) = {0};
	struct iovec bytes = {message, 12 + message->size};
	struct msghdr header = {.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int))};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(rights), fds, n * sizeof(int));
	assert_int_equal(sendmsg(socket, &header, 0), 12 + message->size);
}

static void
receive_header(int socket, int fds[8])
{
	char control[CMSG_SPACE(8 * sizeof(int))] __attribute__((aligned(8)));
	struct vhost_message message;
	struct iovec bytes = {&message, 12};
	struct msghdr header = {.msg_iov = &bytes,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};

	struct cmsghdr *rights;

	assert_int_equal(recvmsg(socket, &header, 0), 12);
	/* The second half, as rte_vhost reads it. */
	assert_int_equal(read(socket, &message.number, message.size), message.size);
	rights = CMSG_FIRSTHDR(&header);
	memset(fds, 0xff, 8 * sizeof(int));
	if (rights)
		memcpy(fds, CMSG_DATA(rights), rights->cmsg_len - CMSG_LEN(0));
}

/* What rte_vhost does on its thread, whose name nobody knows. */
static void *
be_vhost(void *arg)
{
	struct vhost_message message = message_of(REQUEST_GET_FEATURES, 0, 0);
	int pair[2], event = eventfd(0, 0), some[8], got[8], before;

	for (int i = 0; i < 8; i++)
		some[i] = event;
	*(int *)arg = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return NULL;
	before = open_files();
	/* A message without a hook call: closed when the next one is read, or explicitly. */
	send_with_files(pair[0], &message, some, 8);
	receive_header(pair[1], got);
	assert_int_equal(open_files(), before + 8);
	send_with_files(pair[0], &message, some, 8);
	receive_header(pair[1], got);
	assert_int_equal(open_files(), before + 8);
	vhost_message_forget();
	assert_int_equal(open_files(), before);
	/* A message that the hook refuses. */
	send_with_files(pair[0], &message, some, 8);
	receive_header(pair[1], got);
	assert_non_null(vhost_message_admit(&message));
	assert_int_equal(open_files(), before);
	/* Accepted descriptors stay open; what rte_vhost closed itself is not closed again. */
	message = message_of(REQUEST_SET_VRING_CALL, 8, 0);
	send_with_files(pair[0], &message, some, 1);
	receive_header(pair[1], got);
	assert_null(vhost_message_admit(&message));
	vhost_message_forget();
	assert_int_equal(open_files(), before + 1);
	close(got[0]);
	send_with_files(pair[0], &message, some, 2);
	receive_header(pair[1], got);
	close(got[0]);
	some[7] = dup(event); /* reuses the number of the closed one */
	assert_int_equal(some[7], got[0]);
	vhost_message_forget();
	assert_int_equal(open_files(), before + 1);
	close(some[7]);
	*(int *)arg = 1;
	return NULL;
}

/* Nothing is waited for: one thread serves all guests. */
static void
test_half_a_message_is_refused(void **state)
{
	struct vhost_message message = message_of(REQUEST_SET_FEATURES, 8, 0);
	struct iovec bytes = {&message, 12};
	struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (ssize_t part = 1; part < 20; part++) {
		assert_int_equal(write(pair[0], &message, part), part);
		assert_int_equal(recvmsg(pair[1], &header, 0), -1);
		assert_int_equal(errno, EBADMSG);
		assert_true(vhost_message_was_partial());
		assert_int_equal(write(pair[0], (char *)&message + part, 20 - part), 20 - part);
		assert_int_equal(recvmsg(pair[1], &header, 0), 12);
		assert_false(vhost_message_was_partial());
		assert_int_equal(read(pair[1], &message.number, 8), 8);
	}
	/* One that says that it has four billion bytes. */
	message.size = UINT32_MAX;
	assert_int_equal(write(pair[0], &message, 20), 20);
	assert_int_equal(recvmsg(pair[1], &header, 0), -1);
	close(pair[0]);
	close(pair[1]);
}

static void
test_answers_that_nobody_reads_end_it(void **state)
{
	char answer[20] = {0};
	struct iovec bytes = {answer, sizeof(answer)};
	struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	while (sendmsg(pair[1], &header, MSG_NOSIGNAL) > 0)
		; /* it would block here */
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(read(pair[1], answer, sizeof(answer)), 0);
	close(pair[0]);
	close(pair[1]);
}

static void
test_descriptors_are_answered_for(void **state)
{
	pthread_t thread;
	int done;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, be_vhost, &done), 0);
	pthread_join(thread, NULL);
	assert_int_equal(done, 1);
}

static void
test_other_sockets_are_left_alone(void **state)
{
	struct vhost_message message = message_of(REQUEST_GET_FEATURES, 0, 0);
	int pair[2], event = eventfd(0, 0), some[8], got[8], before;

	(void)state;
	for (int i = 0; i < 8; i++)
		some[i] = event;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	send_with_files(pair[0], &message, some, 8);
	before = open_files();
	receive_header(pair[1], got);
	vhost_message_forget();
	assert_int_equal(open_files(), before + 8);
}

/* Nothing on its stack: see is_vhost_socket(). */
static void *
wait_for_message(void *socket)
{
	static struct msghdr header;

	(void)recvmsg(*(int *)socket, &header, 0);
	return NULL;
}

/* The EAL's multi-process thread waits like that, and rte_eal_cleanup() joins it. */
static void
test_a_thread_that_waits_can_be_cancelled(void **state)
{
	struct timespec deadline;
	void *result = NULL;
	pthread_t thread;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_for_message, &pair[1]), 0);
	usleep(100000); /* it probably waits by then; the result does not depend on it */
	assert_int_equal(pthread_cancel(thread), 0);
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += 10;
	assert_int_equal(pthread_timedjoin_np(thread, &result, &deadline), 0);
	assert_ptr_equal(result, PTHREAD_CANCELED);
	close(pair[0]);
	close(pair[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptors_are_answered_for),
		cmocka_unit_test(test_half_a_message_is_refused),
		cmocka_unit_test(test_answers_that_nobody_reads_end_it),
		cmocka_unit_test(test_other_sockets_are_left_alone),
		cmocka_unit_test(test_a_thread_that_waits_can_be_cancelled),
	};

	return cmocka_run_group_tests_name("vhost_message_fds", tests, NULL, NULL);
}
