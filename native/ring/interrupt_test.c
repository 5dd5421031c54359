/*
 * Tests of interrupting a guest: each call counts, and none waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "interrupt.h"

#define MANY 10000

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_call_counts),
		cmocka_unit_test(test_nothing_waits),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
