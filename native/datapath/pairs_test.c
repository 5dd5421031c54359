/*
 * Tests of the busiest pairs: what is counted, and who keeps a place when there are too many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "pairs.h"

static struct pairs pairs;

static int
set_up(void **state)
{
	(void)state;
	memset(&pairs, 0, sizeof(pairs));
	return 0;
}

static void
add(uint16_t from, uint16_t to, uint16_t n)
{
	pairs.from = from;
	pairs_add(&pairs, to, n, 100u * n);
}

/* False: it has no place. */
static bool
find(uint16_t from, uint16_t to, struct pair_count *count)
{
	for (unsigned int i = 0; i < PAIRS; i++)
		if (pairs_read(&pairs, i, count) && count->from == from && count->to == to)
			return true;
	return false;
}

static unsigned int
size(void)
{
	struct pair_count count;
	unsigned int n = 0;

	for (unsigned int i = 0; i < PAIRS; i++)
		n += pairs_read(&pairs, i, &count);
	return n;
}

static void
counts_each_direction(void **state)
{
	struct pair_count count;

	(void)state;
	assert_int_equal(size(), 0);
	add(0, 0, 1);
	add(0, 1, 2);
	add(1, 0, 3);
	add(0, 1, 5);
	add(1022, 1021, 32);
	assert_int_equal(size(), 4);
	assert_true(find(0, 1, &count));
	assert_int_equal(count.packets, 7);
	assert_int_equal(count.bytes, 700);
	assert_true(find(1, 0, &count));
	assert_int_equal(count.packets, 3);
	assert_true(find(1022, 1021, &count));
	pairs_clear(&pairs);
	assert_int_equal(size(), 0);
}

/* 16 busy ones among 10,000 that have a frame each, again and again. */
static void
busy_ones_keep_their_places(void **state)
{
	struct pair_count count;

	(void)state;
	for (int round = 0; round < 20; round++) {
		for (uint16_t i = 0; i < 16; i++)
			for (int burst = 0; burst < 100; burst++)
				add(i, i + 500, 32);
		for (uint16_t i = 0; i < 10000; i++)
			add(100 + i % 100, 200 + i / 100, 1);
	}
	for (uint16_t i = 0; i < 16; i++) {
		assert_true(find(i, i + 500, &count));
		assert_int_equal(count.packets, 20 * 100 * 32);
	}
}

/* Who was busy before does not keep the places for ever. */
static void
new_ones_get_a_place(void **state)
{
	struct pair_count count;

	(void)state;
	for (uint16_t i = 0; i < 1000; i++)
		for (int burst = 0; burst < 10; burst++)
			add(i, 1000, 32);
	for (int burst = 0; burst < 1000; burst++)
		for (uint16_t i = 0; i < 16; i++)
			add(i, 7, 32);
	for (uint16_t i = 0; i < 16; i++) {
		assert_true(find(i, 7, &count));
		assert_true(count.packets > 30000);
	}
}

static void
forgets_a_port_as_either(void **state)
{
	struct pair_count count;

	(void)state;
	add(1, 2, 1);
	add(2, 3, 1);
	add(3, 1, 1);
	pairs_forget(&pairs, 2);
	assert_int_equal(size(), 1);
	assert_true(find(3, 1, &count));
	add(1, 2, 4);
	assert_true(find(1, 2, &count));
	assert_int_equal(count.packets, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, set_up)
		TEST(counts_each_direction),
		TEST(busy_ones_keep_their_places),
		TEST(new_ones_get_a_place),
		TEST(forgets_a_port_as_either),
#undef TEST
	};

	return cmocka_run_group_tests_name("pairs", tests, NULL, NULL);
}
