/*
 * Tests of interrupting a guest: each call counts, and none waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"

#define MANY 10000
/* Threads that have a context of their own. */
#define OWNERS 2

static uint64_t
take(int event)
{
	eventfd_t value = 0;

	(void)eventfd_read(event, &value);
	return value;
}

static void
test_each_call_counts(void **state)
{
	int event = eventfd(0, EFD_NONBLOCK);

	(void)state;
	for (int i = 0; i < MANY; i++)
		interrupt_guest(event);
	assert_int_equal(take(event), MANY);
	assert_int_equal(take(event), 0);
	close(event);
}

static void
test_nothing_waits(void **state)
{
	int full = eventfd(0, 0), pipes[2], event = eventfd(0, 0);
	char byte = 0;

	(void)state;
	alarm(20); /* ends the test if a call waits */
	assert_int_equal(eventfd_write(full, UINT64_MAX - 1), 0);
	assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
	while (write(pipes[1], &byte, 1) == 1)
		;
	fcntl(pipes[1], F_SETFL, 0);
	for (int i = 0; i < MANY; i++) {
		interrupt_guest(full);
		interrupt_guest(pipes[1]);
		interrupt_guest(-1);
	}
	/* Nor do they prevent interrupts of others. */
	interrupt_guest(event);
	assert_int_equal(take(event), 1);
	alarm(0);
	close(full);
	close(event);
	close(pipes[0]);
	close(pipes[1]);
}

static void *
interrupt_many(void *arg)
{
	for (int i = 0; i < MANY; i++)
		interrupt_guest(*(int *)arg);
	return NULL;
}

static void
test_threads(void **state)
{
	int event = eventfd(0, EFD_NONBLOCK);
	pthread_t thread[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, interrupt_many, &event), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(take(event), 4 * MANY);
	close(event);
}

static void *
interrupt_with_own(void *arg)
{
	interrupt_own();
	return interrupt_many(arg);
}

/* As many threads as were said have a context each; one more shares what is left. */
static void
test_own_contexts(void **state)
{
	int event = eventfd(0, EFD_NONBLOCK);
	pthread_t thread[OWNERS + 1];

	(void)state;
	for (int i = 0; i < OWNERS + 1; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, interrupt_with_own, &event), 0);
	for (int i = 0; i < OWNERS + 1; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(take(event), (OWNERS + 1) * MANY);
	close(event);
}

/* In a process of its own, as a filter stays. */
static bool
prepares_without_aio(void)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = {
		sizeof(code) / sizeof(*code), (struct sock_filter *)(uintptr_t)code};
	int status;
	pid_t child = fork();

	if (child == 0) {
		bool filtered = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
				prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;

		interrupt_finish();
		_exit(!filtered ? 2 : interrupt_prepare(1) ? 1 : errno == EPERM ? 0 : 3);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 2 && WEXITSTATUS(status) != 3);
	return WEXITSTATUS(status) == 1;
}

static void
test_no_aio_is_told_at_the_start(void **state)
{
	(void)state;
	assert_false(prepares_without_aio());
}

static int
prepare(void **state)
{
	(void)state;
	return interrupt_prepare(OWNERS) ? 0 : -1;
}

static int
end(void **state)
{
	(void)state;
	interrupt_finish();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_call_counts),
		cmocka_unit_test(test_nothing_waits),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_own_contexts),
		cmocka_unit_test(test_no_aio_is_told_at_the_start),
	};

	return cmocka_run_group_tests(tests, prepare, end);
}
