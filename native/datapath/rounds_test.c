/*
 * A test of memory and a descriptor that go away by the EAL's interrupt thread: they are there
 * until each lcore has ended its round.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_alarm.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_lcore.h>

#include "vswitch.h"

/* Long enough for a thread that does not wait to be done, on a busy machine most times. */
#define A_WHILE_US 200000

struct region {
	void *address;
	size_t length;
	int fd; /* -1: it is the memory that goes */
	/* shared: written by the interrupt thread, read by the test */
	bool entered, gone;
};

/* On the interrupt thread, as a driver does when a device's other side has gone. */
static void
take_away(void *context)
{
	struct region *region = context;

	__atomic_store_n(&region->entered, true, __ATOMIC_RELEASE);
	if (region->fd < 0)
		munmap(region->address, region->length);
	else
		close(region->fd);
	__atomic_store_n(&region->gone, true, __ATOMIC_RELEASE);
}

static struct region
map(void)
{
	struct region region = {.length = (size_t)sysconf(_SC_PAGESIZE), .fd = -1};

	region.address = mmap(
		NULL, region.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(region.address, MAP_FAILED);
	return region;
}

static bool
is_mapped(const struct region *region)
{
	unsigned char page;

	return mincore(region->address, region->length, &page) == 0;
}

static void
await(const bool *flag)
{
	while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE))
		rte_delay_us_sleep(100);
}

static void
it_is_there_until_the_round_ends(void **state)
{
	struct vswitch *sw = vswitch_create();
	unsigned int id = rte_lcore_id();
	struct region region = map();

	(void)state;
	assert_non_null(sw);
	rte_rcu_qsbr_thread_register(sw->readers, id);
	rte_rcu_qsbr_thread_online(sw->readers, id);
	assert_int_equal(rte_eal_alarm_set(1, take_away, &region), 0);
	await(&region.entered);
	rte_delay_us_sleep(A_WHILE_US);
	assert_true(is_mapped(&region));
	rte_rcu_qsbr_quiescent(sw->readers, id);
	await(&region.gone);
	assert_false(is_mapped(&region));
	/* An lcore that waits is in no round. */
	rte_rcu_qsbr_thread_offline(sw->readers, id);
	region = map();
	assert_int_equal(rte_eal_alarm_set(1, take_away, &region), 0);
	await(&region.gone);
	/* Another thread than that one waits for nobody: a guest's memory has its own way. */
	rte_rcu_qsbr_thread_online(sw->readers, id);
	region = map();
	take_away(&region);
	assert_false(is_mapped(&region));
	rte_rcu_qsbr_thread_offline(sw->readers, id);
	rte_rcu_qsbr_thread_unregister(sw->readers, id);
	vswitch_destroy(sw);
}

static void
so_is_a_descriptor(void **state)
{
	struct vswitch *sw = vswitch_create();
	unsigned int id = rte_lcore_id();
	struct region region = {.fd = dup(STDERR_FILENO)};

	(void)state;
	assert_non_null(sw);
	assert_true(region.fd >= 0);
	rte_rcu_qsbr_thread_register(sw->readers, id);
	rte_rcu_qsbr_thread_online(sw->readers, id);
	assert_int_equal(rte_eal_alarm_set(1, take_away, &region), 0);
	await(&region.entered);
	rte_delay_us_sleep(A_WHILE_US);
	assert_true(fcntl(region.fd, F_GETFD) >= 0);
	rte_rcu_qsbr_quiescent(sw->readers, id);
	await(&region.gone);
	assert_true(fcntl(region.fd, F_GETFD) < 0);
	rte_rcu_qsbr_thread_offline(sw->readers, id);
	rte_rcu_qsbr_thread_unregister(sw->readers, id);
	vswitch_destroy(sw);
}

static void
without_a_switch_it_goes_at_once(void **state)
{
	struct region region = map();

	(void)state;
	assert_int_equal(rte_eal_alarm_set(1, take_away, &region), 0);
	await(&region.gone);
	assert_false(is_mapped(&region));
}

int
main(int argc, char **argv)
{
	const char *eal[] = {argv[0], "--no-huge", "--no-shconf", "--no-pci", "--no-telemetry",
		"--log-level=error", "-l0", "-m64"};
	const struct CMUnitTest tests[] = {
		/* First: after the first alarm the EAL closes a descriptor of its own. */
		cmocka_unit_test(without_a_switch_it_goes_at_once),
		cmocka_unit_test(it_is_there_until_the_round_ends),
		cmocka_unit_test(so_is_a_descriptor),
	};

	(void)argc;
	if (rte_eal_init(RTE_DIM(eal), (char **)(uintptr_t)eal) < 0)
		return EXIT_FAILURE;
	return cmocka_run_group_tests_name("rounds", tests, NULL, NULL);
}
