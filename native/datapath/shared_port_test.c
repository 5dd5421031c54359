/*
 * Tests of what lcores that poll queues of one port write at the same moment: its addresses in the
 * table, how many it may have and take, and the one that it may choose.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <rte_pause.h>

#include "fdb_fixture.h"
#include "guard.h"
#include "moves.h"
#include "news.h"
#include "vswitch.h"

#define LCORES 2
#define TURNS 20000
#define SPINS 1000
#define LIMIT 16

/* All lcores begin a turn together. */
struct turn {
	/* shared: written and read by all of them */
	uint32_t there;
};

static struct turn turn;
static struct fdb *fdb;
static struct learned learned;
static struct vswitch *sw;
static struct topology *topology;
static struct member member;
/* By lcore: of LIMIT + 1 in this turn. */
static uint32_t got[LCORES];

/* Nobody takes them here. */
void
news_post(struct vswitch *of, enum news what, uint16_t port, uint64_t key, uint16_t from)
{
	(void)of;
	(void)what;
	(void)port;
	(void)key;
	(void)from;
}

static void
meet(uint32_t number)
{
	__atomic_fetch_add(&turn.there, 1, __ATOMIC_ACQ_REL);
	for (int i = 0; __atomic_load_n(&turn.there, __ATOMIC_ACQUIRE) < (number + 1) * LCORES; i++)
		/* The others may need this processor. */
		i < SPINS ? rte_pause() : (void)sched_yield();
}

static void
in_turns(void *(*lcore)(void *))
{
	pthread_t threads[LCORES];

	turn.there = 0;
	for (uintptr_t i = 0; i < LCORES; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, lcore, (void *)i), 0);
	for (int i = 0; i < LCORES; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
}

static void *
learn_the_same(void *arg)
{
	(void)arg;
	for (uint32_t i = 0; i < TURNS; i++) {
		meet(i);
		fdb_learn(fdb, key(i, 0), 1, 5);
	}
	return NULL;
}

/* A guest's first frames leave by several of its queues. */
static void
an_address_is_learnt_once(void **state)
{
	(void)state;
	fdb = fdb_create(1u << 15, 2 * TURNS);
	in_turns(learn_the_same);
	assert_int_equal(stats(fdb).entries, TURNS);
	assert_int_equal(stats(fdb).learned, TURNS);
	assert_int_equal(fdb_flush_port(fdb, 1), TURNS);
	assert_false(fdb_holds(fdb, 1));
	fdb_destroy(fdb);
}

static void *
learn_others(void *arg)
{
	uintptr_t own = (uintptr_t)arg;

	for (uint32_t i = 0; i < TURNS / 10; i++) {
		meet(3 * i);
		for (uint32_t n = 0; n < LIMIT; n++)
			fdb_learn(fdb, key((i * LCORES + own) * LIMIT + n, 0), 1, 5);
		meet(3 * i + 1);
		if (own == 0 && fdb_flush_port(fdb, 1) > LIMIT)
			return arg + 1;
		meet(3 * i + 2);
	}
	return NULL;
}

static void
a_port_has_no_more_than_its_limit(void **state)
{
	(void)state;
	fdb = fdb_create(64, LIMIT);
	in_turns(learn_others);
	fdb_destroy(fdb);
}

static void *
choose(void *arg)
{
	uintptr_t own = (uintptr_t)arg;

	for (uint32_t i = 0; i < TURNS; i++) {
		meet(3 * i);
		got[own] = learned_add_first(&learned, 0x0a000001 + own);
		meet(3 * i + 1);
		if (own == 0) {
			if (got[0] + got[1] != 1 || learned_has(&learned, 0x0a000001, 0) ==
							    learned_has(&learned, 0x0a000002, 0))
				return arg + 1;
			learned_clear(&learned);
		}
		meet(3 * i + 2);
	}
	return NULL;
}

/* A guest that may have the first address that it uses has no two for its two queues. */
static void
one_address_is_the_first(void **state)
{
	(void)state;
	learned_clear(&learned);
	in_turns(choose);
}

static void *
take(void *arg)
{
	uintptr_t own = (uintptr_t)arg;

	for (uint32_t i = 0; i < TURNS / 10; i++) {
		meet(3 * i);
		for (uint32_t n = 0; n < LIMIT; n++) {
			uint32_t number = (i * LCORES + own) * LIMIT + n;
			const uint8_t mac[6] = {
				2, 0, number >> 24, number >> 16, number >> 8, number};

			fdb_learn(sw->fdb, key(number, 0), 2, i);
			moves_to_guest(sw, topology, &member, key(number, 0), mac, i);
		}
		meet(3 * i + 1);
		if (own == 0 && (fdb_flush_port(sw->fdb, 1) != LIMIT ||
					fdb_flush_port(sw->fdb, 2) != LIMIT))
			return arg + 1;
		meet(3 * i + 2);
	}
	return NULL;
}

/* Of a guest that is gone, so that nothing else is in the way. */
static void
a_port_takes_no_more_than_its_limit(void **state)
{
	(void)state;
	sw = calloc(1, sizeof(*sw));
	topology = calloc(1, sizeof(*topology));
	assert_non_null(sw);
	assert_non_null(topology);
	topology_clear(topology);
	sw->fdb = fdb_create(256, TURNS);
	sw->settings.move_limit = LIMIT;
	member = (struct member){.port = &sw->ports[1], .id = 1};
	in_turns(take);
	fdb_destroy(sw->fdb);
	free(topology);
	free(sw);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_learnt_once),
		cmocka_unit_test(a_port_has_no_more_than_its_limit),
		cmocka_unit_test(one_address_is_the_first),
		cmocka_unit_test(a_port_takes_no_more_than_its_limit),
	};

	return cmocka_run_group_tests_name("shared_port", tests, NULL, NULL);
}
