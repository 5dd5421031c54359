/*
 * Tests of the control thread's side of the table: ageing, pinned addresses, limits, lists.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fdb_fixture.h"
#include "fdb_table.h"

static void
silence_ages(void **state)
{
	struct fdb *fdb = fdb_create(1024, 100);

	(void)state;
	fdb_learn(fdb, key(1, 0), 1, 100);
	fdb_learn(fdb, key(2, 0), 1, 350);
	assert_int_equal(fdb_age(fdb, 400, 300, fdb_buckets(fdb)), 0);
	assert_int_equal(fdb_age(fdb, 401, 300, fdb_buckets(fdb)), 1);
	assert_int_equal(fdb_lookup(fdb, key(1, 0)), FDB_NONE);
	assert_int_equal(fdb_lookup(fdb, key(2, 0)), 1);
	assert_int_equal(stats(fdb).aged, 1);
	fdb_destroy(fdb);
}

/* Pages of the table that the kernel had to put there. */
static size_t
pages_of(const struct fdb *fdb)
{
	size_t size = fdb_buckets(fdb) * sizeof(struct bucket), n = 0;
	unsigned char there[64];

	assert_true(size / (size_t)getpagesize() <= sizeof(there));
	memset(there, 0, sizeof(there));
	assert_int_equal(mincore(fdb->buckets, size, there), 0);
	for (size_t i = 0; i < sizeof(there); i++)
		n += there[i] & 1;
	return n;
}

static void
an_empty_table_has_no_memory(void **state)
{
	struct fdb *fdb = fdb_create(1024, 100);

	(void)state;
	assert_int_equal(fdb_age(fdb, 400, 300, fdb_buckets(fdb)), 0);
	assert_int_equal(fdb_flush_port(fdb, 1), 0);
	assert_int_equal(pages_of(fdb), 0);
	fdb_learn(fdb, key(1, 0), 1, 100);
	assert_true(pages_of(fdb) > 0);
	fdb_destroy(fdb);
}

static void
pinned_addresses_stay(void **state)
{
	struct fdb *fdb = fdb_create(2, 1000); /* 8 entries */
	struct fdb_place place;

	(void)state;
	fdb_learn(fdb, key(1, 0), 5, 0);
	assert_true(fdb_pin(fdb, key(1, 0), 3));
	assert_true(fdb_pin(fdb, key(1, 0), 3));
	assert_int_equal(fdb_lookup(fdb, key(1, 0)), 3);
	assert_int_equal(stats(fdb).entries, 1);
	/* A frame from elsewhere, silence and a full table leave it in place. */
	assert_int_equal(fdb_learn(fdb, key(1, 0), 5, 0), FDB_ELSEWHERE);
	assert_int_equal(fdb_learn(fdb, key(1, 0), 3, 0), FDB_KNOWN);
	assert_int_equal(fdb_age(fdb, 10000, 300, fdb_buckets(fdb)), 0);
	for (uint32_t i = 100; i < 200; i++)
		fdb_learn(fdb, key(i, 0), 5, i);
	assert_int_equal(fdb_lookup(fdb, key(1, 0)), 3);
	/* Unpinned, it is like any other. */
	fdb_unpin(fdb, key(1, 0), 500);
	assert_true(fdb_find(fdb, key(1, 0), &place));
	assert_false(place.pinned);
	assert_int_equal(place.seen, 500);
	assert_int_equal(fdb_age(fdb, 1000, 300, fdb_buckets(fdb)), 8);
	fdb_destroy(fdb);
}

static void
a_limit_can_change(void **state)
{
	struct fdb *fdb = fdb_create(64, 100);

	(void)state;
	fdb_set_limit(fdb, 1, 1);
	assert_int_equal(fdb_learn(fdb, key(1, 0), 1, 0), FDB_NEW);
	assert_int_equal(fdb_learn(fdb, key(2, 0), 1, 0), FDB_REFUSED);
	assert_int_equal(fdb_learn(fdb, key(2, 0), 2, 0), FDB_NEW);
	fdb_set_limit(fdb, 1, 2);
	assert_int_equal(fdb_learn(fdb, key(3, 0), 1, 0), FDB_NEW);
	fdb_destroy(fdb);
}

static bool
count(const struct fdb_view *view, void *arg)
{
	uint32_t *n = arg;

	assert_int_equal(view->mac[0], 2);
	assert_int_equal(view->vlan, 9);
	assert_int_equal(view->port, 4);
	assert_int_equal(view->age, 5);
	return ++*n < 2;
}

static void
walks_until_told_to_stop(void **state)
{
	struct fdb *fdb = fdb_create(64, 100);
	uint32_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		fdb_learn(fdb, key(i, 9), 4, 20);
	fdb_walk(fdb, 25, count, &n);
	assert_int_equal(n, 2);
	fdb_destroy(fdb);
}

static void
refuses_odd_sizes(void **state)
{
	(void)state;
	assert_null(fdb_create(0, 1));
	assert_null(fdb_create(1, 1));
	assert_null(fdb_create(12, 1));
	assert_null(fdb_create(16, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_ages),
		cmocka_unit_test(an_empty_table_has_no_memory),
		cmocka_unit_test(pinned_addresses_stay),
		cmocka_unit_test(a_limit_can_change),
		cmocka_unit_test(walks_until_told_to_stop),
		cmocka_unit_test(refuses_odd_sizes),
	};

	return cmocka_run_group_tests_name("fdb_control", tests, NULL, NULL);
}
