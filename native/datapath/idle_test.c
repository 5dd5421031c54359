/*
 * Tests of waiting: no frame is stuck, nobody waits for an lcore that does, and what kicks cost is
 * bounded. One lcore, one guest in this process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_lcore.h>

#include "forward.h"
#include "lcore.h"
#include "vswitch.h"

#include "../ring/driver.h"
#include "../ring/interrupt.h"

#define FRAMES 1500
#define FRAME 60
#define NAP_US 50
#define CALM_US 200

static struct vswitch *sw;
static struct lcore *lcore;
static struct driver driver;
static struct guest *guest;
static int kick;

static void
make_guest(uint8_t features)
{
	const size_t size = sizeof(*guest) + 2 * sizeof(guest->ring[0]);

	driver_init(&driver, features, 16);
	guest = aligned_alloc(64, RTE_ALIGN_CEIL(size, 64));
	assert_non_null(guest);
	memset(guest, 0, size);
	guest->memory = driver.memory;
	guest->n_pairs = 1;
	guest->ring[1].ring = driver.ring;
	guest->ring[1].ring.memory = &guest->memory;
	guest->ring[1].enabled = true;
	guest->ring[1].kick_fd = kick;
}

static void
make(uint8_t features)
{
	sw = vswitch_create();
	assert_non_null(sw);
	sw->max_frame = FRAME_STANDARD;
	sw->vm2vm = VM2VM_SOFTWARE;
	sw->settings.idle_wait = 1;
	lcore = sw->lcores[rte_lcore_id()] = lcore_create(sw, rte_lcore_id());
	assert_non_null(lcore);
	kick = eventfd(0, EFD_NONBLOCK);
	make_guest(features);
	port_config_init(&sw->ports[0].config);
	sw->ports[0].used = true;
	sw->ports[0].lcore = rte_lcore_id();
	sw->ports[0].vhost.guest = guest;
	topology_publish(sw);
}

static void
take_down(void)
{
	sw->ports[0].used = false;
	sw->ports[0].vhost.guest = NULL;
	lcore_destroy(lcore);
	sw->lcores[rte_lcore_id()] = NULL;
	vswitch_destroy(sw);
	driver_free(&driver);
	free(guest);
	close(kick);
}

/* A frame to nobody: it is dropped as soon as it is taken. */
static void
send(bool kicks)
{
	driver_add(&driver, &(struct driver_buffer){DRIVER_BASE + DRIVER_BUFFERS_AT, 12 + FRAME}, 1,
		false, false);
	if (driver_wants_kick(&driver) && kicks)
		eventfd_write(kick, 1);
}

static void
await_used(void)
{
	uint32_t length;
	uint16_t id;

	while (!driver_used(&driver, &id, &length))
		usleep(1);
}

static void
end(void)
{
	__atomic_store_n(&sw->stop, true, __ATOMIC_RELAXED);
	lcores_wake(sw);
}

/* Frames one by one, most of them about when the lcore begins to wait. */
static void *
send_all(void *kicks)
{
	for (int i = 0; i < FRAMES; i++) {
		uint64_t until = rte_rdtsc() + rte_get_tsc_hz() / 1000000 * (CALM_US - 10 + i % 40);

		while (i % 8 && rte_rdtsc() < until)
			;
		send(*(bool *)kicks);
		await_used();
	}
	end();
	return NULL;
}

static void
forward_while(void *(*other)(void *argument), void *argument)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, other, argument), 0);
	assert_int_equal(forward_main(sw), 0);
	pthread_join(thread, NULL);
}

static const uint8_t kinds[] = {0, RING_EVENT_INDEX, RING_PACKED, RING_PACKED | RING_EVENT_INDEX};

static void
no_frame_is_late(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(kinds); i++) {
		make(kinds[i]);
		forward_while(send_all, &(bool){true});
		assert_int_equal(lcore->counters[0].rx_packets, FRAMES);
		assert_int_equal(lcore->idle.late, 0);
		assert_true(lcore->idle.woken > 0);
		take_down();
	}
}

static void
guests_without_an_eventfd_are_looked_at(void **state)
{
	(void)state;
	make(0);
	guest->ring[1].kick_fd = -1;
	forward_while(send_all, &(bool){false});
	assert_int_equal(lcore->counters[0].rx_packets, FRAMES);
	assert_true(lcore->idle.deaf);
	assert_int_equal(lcore->idle.late, 0);
	take_down();
}

/* One round of the lcore's loop. */
static void
turn(void)
{
	unsigned int id = rte_lcore_id();
	uint32_t frames = forward_round(lcore, id);

	rte_rcu_qsbr_quiescent(sw->readers, id);
	if (!frames)
		idle_rest(lcore, id);
}

static void
turn_until_it_waits(void)
{
	rte_rcu_qsbr_thread_register(sw->readers, rte_lcore_id());
	rte_rcu_qsbr_thread_online(sw->readers, rte_lcore_id());
	while (!lcore->idle.woken)
		turn();
}

static void
who_does_not_kick_is_found_all_the_same(void **state)
{
	(void)state;
	make(0);
	turn_until_it_waits();
	send(false);
	while (lcore->counters[0].rx_packets == 0)
		turn();
	take_down();
}

/* shared: written by the test, read by the kicking thread */
static bool enough;

static void *
kick_all_the_time(void *argument)
{
	(void)argument;
	while (!__atomic_load_n(&enough, __ATOMIC_RELAXED))
		eventfd_write(kick, 1);
	return NULL;
}

static void
false_kicks_cost_little(void **state)
{
	uint64_t us = rte_get_tsc_hz() / 1000000, begin;
	pthread_t thread;
	uint32_t rounds;

	(void)state;
	make(0);
	turn_until_it_waits();
	__atomic_store_n(&enough, false, __ATOMIC_RELAXED);
	assert_int_equal(pthread_create(&thread, NULL, kick_all_the_time, NULL), 0);
	begin = rte_rdtsc();
	rounds = lcore->round;
	while (rte_rdtsc() - begin < 200000 * us)
		turn();
	rounds = lcore->round - rounds;
	assert_in_range(rounds, 0, (rte_rdtsc() - begin) / us / NAP_US * 2 + 4);
	__atomic_store_n(&enough, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	take_down();
}

/* Publishes until the last lcore has seen it, over and over. */
static void *
publish(void *argument)
{
	(void)argument;
	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&sw->lock);
		sw->ports[0].vhost.guest = i % 2 ? guest : NULL;
		topology_publish(sw);
		/* Nobody uses it: it could be freed, and its eventfd closed. */
		if (!sw->ports[0].vhost.guest) {
			close(kick);
			kick = guest->ring[1].kick_fd = eventfd(0, EFD_NONBLOCK);
		}
		pthread_mutex_unlock(&sw->lock);
		usleep(i % 4 * 5000);
	}
	send(true);
	await_used();
	end();
	return NULL;
}

static void
topologies_change_while_it_waits(void **state)
{
	(void)state;
	make(0);
	forward_while(publish, NULL);
	assert_int_equal(lcore->counters[0].rx_packets, 1);
	assert_int_equal(lcore->idle.late, 0);
	take_down();
}

static void
it_polls_if_told_so(void **state)
{
	uint64_t begin = rte_rdtsc();

	(void)state;
	make(0);
	sw->settings.idle_wait = 0;
	rte_rcu_qsbr_thread_register(sw->readers, rte_lcore_id());
	rte_rcu_qsbr_thread_online(sw->readers, rte_lcore_id());
	while (rte_rdtsc() - begin < rte_get_tsc_hz() / 20)
		turn();
	assert_int_equal(lcore->idle.woken, 0);
	/* And where the processor is its own, unless told otherwise. */
	sw->settings.idle_wait = 2;
	lcore->idle.isolated = true;
	for (int i = 0; i < 1000; i++)
		turn();
	assert_int_equal(lcore->idle.woken, 0);
	lcore->idle.isolated = false;
	while (!lcore->idle.woken)
		turn();
	take_down();
}

int
main(int argc, char **argv)
{
	const char *eal[] = {argv[0], "--no-huge", "--no-shconf", "--no-pci", "--no-telemetry",
		"--log-level=error", "-l0", "-m64"};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_frame_is_late),
		cmocka_unit_test(guests_without_an_eventfd_are_looked_at),
		cmocka_unit_test(who_does_not_kick_is_found_all_the_same),
		cmocka_unit_test(false_kicks_cost_little),
		cmocka_unit_test(topologies_change_while_it_waits),
		cmocka_unit_test(it_polls_if_told_so),
	};

	(void)argc;
	if (rte_eal_init(RTE_DIM(eal), (char **)(uintptr_t)eal) < 0 || !interrupt_prepare(1))
		return EXIT_FAILURE;
	return cmocka_run_group_tests_name("idle", tests, NULL, NULL);
}
