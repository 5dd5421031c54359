/*
 * Tests of guests' memory that goes away while it is read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"

#define PAGE 4096
#define LENGTH (4 * PAGE)

/* cmocka installs its own handler while a test runs. */
static void
install(void)
{
	assert_true(fault_install());
}

static uint8_t *
map_file(int *fd)
{
	uint8_t *memory;

	*fd = memfd_create("test", MFD_CLOEXEC);
	assert_int_equal(ftruncate(*fd, LENGTH), 0);
	memory = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	memset(memory, 7, LENGTH);
	return memory;
}

static void
count(void *context)
{
	__atomic_fetch_add((int *)context, 1, __ATOMIC_RELAXED);
}

static uint8_t
read_byte(const uint8_t *at)
{
	return __atomic_load_n(at, __ATOMIC_RELAXED);
}

static void
test_watched_memory_reads_as_zeros(void **state)
{
	int fd, other_fd, lost = 0, other_lost = 0;
	uint8_t *memory = map_file(&fd), *other = map_file(&other_fd);
	struct fault_watch watch = {
		.n = 1, .area = {{memory, LENGTH}}, .on_loss = count, .context = &lost};
	struct fault_watch second = {
		.n = 1, .area = {{other, LENGTH}}, .on_loss = count, .context = &other_lost};

	(void)state;
	install();
	assert_true(fault_watch(&watch));
	assert_true(fault_watch(&second));
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(read_byte(memory + 2 * PAGE), 0);
	assert_int_equal(lost, 1);
	/* All of it is ours now: no further faults, and it can be written. */
	memset(memory, 1, LENGTH);
	assert_int_equal(lost, 1);
	/* The others' memory is unchanged. */
	assert_int_equal(read_byte(other), 7);
	assert_int_equal(other_lost, 0);
	fault_unwatch(&watch);
	fault_unwatch(&second);
	munmap(memory, LENGTH);
	munmap(other, LENGTH);
	close(fd);
	close(other_fd);
}

static void
test_expected_faults_are_mended_by_page(void **state)
{
	int fd;
	uint8_t *memory = map_file(&fd);

	(void)state;
	install();
	assert_int_equal(ftruncate(fd, PAGE), 0);
	fault_expect();
	assert_int_equal(read_byte(memory + PAGE), 0);
	assert_int_equal(read_byte(memory), 7);
	memory[3 * PAGE + 5] = 9;
	fault_expect_no_more();
	assert_int_equal(read_byte(memory + 3 * PAGE + 5), 9);
	munmap(memory, LENGTH);
	close(fd);
}

/* The signal that kills a child doing this; 0: none. */
static int
signal_of(void (*run)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		run();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
read_unwatched(void)
{
	int fd;
	uint8_t *memory = map_file(&fd);
	struct fault_watch watch = {.n = 1, .area = {{memory, PAGE}}, .on_loss = count};

	fault_watch(&watch);
	(void)!ftruncate(fd, 0);
	/* Outside the watched areas. */
	read_byte(memory + PAGE);
}

static void
read_unwatched_again(void)
{
	int fd, lost = 0;
	uint8_t *memory = map_file(&fd);
	struct fault_watch watch = {
		.n = 1, .area = {{memory, LENGTH}}, .on_loss = count, .context = &lost};

	fault_watch(&watch);
	fault_unwatch(&watch);
	(void)!ftruncate(fd, 0);
	read_byte(memory);
}

static void
be_signalled(void)
{
	raise(SIGBUS);
	raise(SIGBUS);
}

static void
test_other_faults_end_the_process(void **state)
{
	(void)state;
	install();
	assert_int_equal(signal_of(read_unwatched), SIGBUS);
	assert_int_equal(signal_of(read_unwatched_again), SIGBUS);
	assert_int_equal(signal_of(be_signalled), SIGBUS);
}

static void
test_number_of_watches_is_bounded(void **state)
{
	static struct fault_watch some[FAULT_MAX_WATCHES + 1];

	(void)state;
	install();
	for (int i = 0; i < FAULT_MAX_WATCHES; i++)
		assert_true(fault_watch(&some[i]));
	assert_false(fault_watch(&some[FAULT_MAX_WATCHES]));
	for (int i = 0; i < FAULT_MAX_WATCHES; i++)
		fault_unwatch(&some[i]);
	assert_true(fault_watch(&some[FAULT_MAX_WATCHES]));
	fault_unwatch(&some[FAULT_MAX_WATCHES]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_watched_memory_reads_as_zeros),
		cmocka_unit_test(test_expected_faults_are_mended_by_page),
		cmocka_unit_test(test_other_faults_end_the_process),
		cmocka_unit_test(test_number_of_watches_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
