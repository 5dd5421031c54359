/*
 * Tests of the table as forwarding uses it: addresses learned, moved and refused, and several
 * lcores at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>

#include "fdb_fixture.h"

static void
learns_and_finds(void **state)
{
	struct fdb *fdb = fdb_create(1024, 100);

	(void)state;
	assert_int_equal(fdb_lookup(fdb, key(1, 0)), FDB_NONE);
	assert_int_equal(fdb_learn(fdb, key(1, 0), 7, 10), FDB_NEW);
	assert_int_equal(fdb_learn(fdb, key(1, 0), 7, 11), FDB_KNOWN);
	assert_int_equal(fdb_lookup(fdb, key(1, 0)), 7);
	assert_int_equal(stats(fdb).entries, 1);
	fdb_destroy(fdb);
}

static void
vlans_are_apart(void **state)
{
	struct fdb *fdb = fdb_create(1024, 100);
	uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

	(void)state;
	fdb_learn(fdb, fdb_key(mac, 5, false), 1, 0);
	fdb_learn(fdb, fdb_key(mac, 6, false), 2, 0);
	fdb_learn(fdb, fdb_key(mac, 5, true), 3, 0);
	assert_int_equal(fdb_lookup(fdb, fdb_key(mac, 5, false)), 1);
	assert_int_equal(fdb_lookup(fdb, fdb_key(mac, 6, false)), 2);
	assert_int_equal(fdb_lookup(fdb, fdb_key(mac, 5, true)), 3);
	assert_int_equal(fdb_lookup(fdb, fdb_key(mac, 7, false)), FDB_NONE);
	fdb_destroy(fdb);
}

static void
an_address_moves(void **state)
{
	struct fdb *fdb = fdb_create(1024, 100);
	struct fdb_place place;

	(void)state;
	assert_false(fdb_find(fdb, key(1, 0), &place));
	fdb_learn(fdb, key(1, 0), 1, 5);
	/* Not by itself. */
	assert_int_equal(fdb_learn(fdb, key(1, 0), 2, 6), FDB_ELSEWHERE);
	assert_true(fdb_find(fdb, key(1, 0), &place));
	assert_int_equal(place.port, 1);
	assert_int_equal(place.seen, 5);
	assert_false(place.pinned);
	assert_true(fdb_move(fdb, key(1, 0), &place, 2, 6, false));
	assert_int_equal(fdb_lookup(fdb, key(1, 0)), 2);
	assert_int_equal(stats(fdb).moved, 1);
	assert_int_equal(stats(fdb).entries, 1);
	/* It is not there any more. */
	assert_false(fdb_move(fdb, key(1, 0), &place, 3, 7, false));
	fdb_destroy(fdb);
}

static void
a_frame_refreshes(void **state)
{
	struct fdb *fdb = fdb_create(1024, 100);

	(void)state;
	fdb_learn(fdb, key(1, 0), 1, 100);
	fdb_learn(fdb, key(1, 0), 1, 399);
	assert_int_equal(fdb_age(fdb, 401, 300, fdb_buckets(fdb)), 0);
	fdb_destroy(fdb);
}

static void
a_port_has_its_limit(void **state)
{
	struct fdb *fdb = fdb_create(1024, 3);
	struct fdb_place place;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(fdb_learn(fdb, key(i, 0), 1, 0), FDB_NEW);
	assert_int_equal(fdb_learn(fdb, key(3, 0), 1, 0), FDB_REFUSED);
	/* Taking over another port's address counts as well. */
	assert_int_equal(fdb_learn(fdb, key(4, 0), 2, 0), FDB_NEW);
	assert_int_equal(fdb_learn(fdb, key(4, 0), 1, 0), FDB_ELSEWHERE);
	assert_true(fdb_find(fdb, key(4, 0), &place));
	assert_false(fdb_move(fdb, key(4, 0), &place, 1, 0, false));
	assert_int_equal(fdb_lookup(fdb, key(4, 0)), 2);
	assert_int_equal(stats(fdb).refused, 2);
	/* A flushed port may learn anew. */
	assert_int_equal(fdb_flush_port(fdb, 1), 3);
	assert_int_equal(fdb_learn(fdb, key(3, 0), 1, 0), FDB_NEW);
	fdb_destroy(fdb);
}

static void
a_full_table_drops_the_oldest(void **state)
{
	struct fdb *fdb = fdb_create(2, 1000); /* 8 entries */

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(fdb_learn(fdb, key(i, 0), 1, 10 + i), FDB_NEW);
	assert_int_equal(fdb_learn(fdb, key(100, 0), 2, 50), FDB_NEW);
	assert_int_equal(fdb_lookup(fdb, key(0, 0)), FDB_NONE);
	assert_int_equal(fdb_lookup(fdb, key(100, 0)), 2);
	for (uint32_t i = 1; i < 8; i++)
		assert_int_equal(fdb_lookup(fdb, key(i, 0)), 1);
	assert_int_equal(stats(fdb).evicted, 1);
	assert_int_equal(stats(fdb).entries, 8);
	fdb_destroy(fdb);
}

static void
a_full_table_takes_from_who_has_most(void **state)
{
	struct fdb *fdb = fdb_create(2, 1000); /* 8 entries */

	(void)state;
	assert_int_equal(fdb_learn(fdb, key(50, 0), 2, 1), FDB_NEW);
	for (uint32_t i = 0; i < 7; i++)
		assert_int_equal(fdb_learn(fdb, key(i, 0), 1, 10 + i), FDB_NEW);
	/* However many more port 1 invents, others keep what they have, and learn. */
	for (uint32_t i = 100; i < 200; i++)
		assert_int_equal(fdb_learn(fdb, key(i, 0), 1, i), FDB_NEW);
	for (uint32_t i = 51; i < 54; i++)
		assert_int_equal(fdb_learn(fdb, key(i, 0), 3, 5), FDB_NEW);
	assert_int_equal(fdb_lookup(fdb, key(50, 0)), 2);
	for (uint32_t i = 51; i < 54; i++)
		assert_int_equal(fdb_lookup(fdb, key(i, 0)), 3);
	for (uint32_t i = 196; i < 200; i++)
		assert_int_equal(fdb_lookup(fdb, key(i, 0)), 1);
	assert_int_equal(stats(fdb).evicted, 103);
	assert_int_equal(stats(fdb).refused, 0);
	fdb_destroy(fdb);
}

static void
nobody_gives_way_to_who_has_more(void **state)
{
	struct fdb *fdb = fdb_create(2, 1000); /* 8 entries */

	(void)state;
	for (uint32_t i = 0; i < 2; i++)
		assert_true(fdb_pin(fdb, key(i, 0), 1));
	for (uint32_t i = 10; i < 16; i++)
		assert_int_equal(fdb_learn(fdb, key(i, 0), i, 0), FDB_NEW);
	assert_int_equal(fdb_learn(fdb, key(100, 0), 1, 100), FDB_REFUSED);
	assert_int_equal(stats(fdb).refused, 1);
	assert_int_equal(fdb_learn(fdb, key(101, 0), 20, 100), FDB_NEW);
	fdb_destroy(fdb);
}

/* With any secret, and with consecutive addresses, as virtual machines have. */
static void
holds_100000_addresses(void **state)
{
	(void)state;
	for (int table = 0; table < 40; table++) {
		struct fdb *fdb = fdb_create(1u << 17, 200000);
		uint32_t lost = 0;

		for (uint32_t i = 0; i < 100000; i++)
			fdb_learn(fdb, key(i, table % 2 ? i % 64 : 0), i % 64, 0);
		for (uint32_t i = 0; i < 100000; i++)
			lost += fdb_lookup(fdb, key(i, table % 2 ? i % 64 : 0)) != i % 64;
		/* Two random places are full once in millions; gathering loses many. */
		assert_true(lost <= 3);
		fdb_destroy(fdb);
	}
}

#define ROUNDS 400000u

struct racer {
	struct fdb *fdb;
	uint16_t port;
};

/* Each key belongs to one port; a look-up must never return another. */
static void *
race(void *arg)
{
	struct racer *racer = arg;
	uintptr_t wrong = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t n = (i * 2654435761u) % 512 * 4 + racer->port;
		uint32_t other = (i * 40503u) % 512 * 4 + (racer->port + 1) % 4;
		uint16_t found;

		fdb_learn(racer->fdb, key(n, 0), racer->port, i / 1000);
		found = fdb_lookup(racer->fdb, key(other, 0));
		if (found != FDB_NONE && found != other % 4)
			wrong++;
	}
	return (void *)wrong;
}

static void
cores_do_not_confuse_each_other(void **state)
{
	/* 1,024 entries for 2,048 keys: evictions all the time. */
	struct fdb *fdb = fdb_create(256, 100000);
	struct racer racers[4];
	pthread_t threads[4];
	uint64_t walked = 0;
	struct fdb_stats s;

	(void)state;
	for (uint16_t i = 0; i < 4; i++) {
		racers[i] = (struct racer){fdb, i};
		assert_int_equal(pthread_create(&threads[i], NULL, race, &racers[i]), 0);
	}
	for (uint32_t i = 0; i < 200; i++)
		fdb_age(fdb, i * 2, 20, fdb_buckets(fdb));
	for (int i = 0; i < 4; i++) {
		void *wrong;

		pthread_join(threads[i], &wrong);
		assert_int_equal((uintptr_t)wrong, 0);
	}
	/* The counters are right after the turmoil. */
	for (uint16_t i = 0; i < 4; i++)
		walked += fdb_flush_port(fdb, i);
	s = stats(fdb);
	assert_int_equal(s.entries, 0);
	assert_int_equal(s.learned, s.aged + s.evicted + walked);
	fdb_destroy(fdb);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(learns_and_finds),
		cmocka_unit_test(vlans_are_apart),
		cmocka_unit_test(an_address_moves),
		cmocka_unit_test(a_frame_refreshes),
		cmocka_unit_test(a_port_has_its_limit),
		cmocka_unit_test(a_full_table_drops_the_oldest),
		cmocka_unit_test(a_full_table_takes_from_who_has_most),
		cmocka_unit_test(nobody_gives_way_to_who_has_more),
		cmocka_unit_test(holds_100000_addresses),
		cmocka_unit_test(cores_do_not_confuse_each_other),
	};

	return cmocka_run_group_tests_name("fdb", tests, NULL, NULL);
}
