/*
 * Tests of who polls what: where a port starts, and which one the balancer moves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <rte_common.h>

#include "placement.h"

static void
test_start(void **state)
{
	/* lcore, node, load */
	const struct placement_lcore lcores[] = {
		{0, 0, 5}, {1, 0, 3}, {2, 1, 1}, {3, 1, 1}, {7, -1, 4}};

	(void)state;
	assert_int_equal(placement_start(lcores, 5, 0), 1);
	assert_int_equal(placement_start(lcores, 5, 1), 2);  /* the first of two that are alike */
	assert_int_equal(placement_start(lcores, 5, -1), 2); /* not known: any */
	assert_int_equal(placement_start(lcores, 5, 3), 2);  /* no lcore is there: any */
	assert_int_equal(placement_start(lcores, 1, 1), 0);
}

/* Up to four lcores and five ports; a load is a share of an lcore in thousandths. */
static const struct {
	const char *what;
	struct placement_lcore lcores[4];
	struct placement_queue ports[5];
	uint32_t least;
	int port; /* that moves, -1: none */
	unsigned int from, to;
	uint32_t before, after;
} rows[] = {
	{"nothing to do", {{0, 0, 500}, {1, 0, 500}}, {{1, 0, 500, 0}, {2, 1, 500, 0}}, 250, -1, 0,
		0, 0, 0},
	{"two busy ports on one lcore", {{0, 0, 900}, {1, 0, 0}}, {{1, 0, 450, 0}, {2, 0, 450, 0}},
		250, 1, 0, 1, 900, 0},
	{"of several, the one that evens out most", {{0, 0, 900}, {1, 0, 100}},
		{{1, 0, 100, 0}, {2, 0, 380, 0}, {3, 0, 420, 0}, {4, 1, 100, 0}}, 250, 2, 0, 1, 800,
		40},
	{"a pinned port stays, a smaller one goes", {{0, 0, 900}, {1, 0, 0}},
		{{1, 0, 600, 1}, {2, 0, 300, 0}}, 250, 2, 0, 1, 900, 300},
	{"all are pinned", {{0, 0, 900}, {1, 0, 0}}, {{1, 0, 450, 1}, {2, 0, 450, 1}}, 250, -1, 0,
		0, 0, 0},
	{"one port alone makes the load: it would only change places", {{0, 0, 900}, {1, 0, 0}},
		{{1, 0, 900, 0}}, 0, -1, 0, 0, 0, 0},
	{"less than the sensitivity", {{0, 0, 500}, {1, 0, 300}}, {{1, 0, 100, 0}, {2, 0, 400, 0}},
		250, -1, 0, 0, 0, 0},
	{"exactly the sensitivity is not more", {{0, 0, 500}, {1, 0, 250}},
		{{1, 0, 125, 0}, {2, 0, 375, 0}}, 250, -1, 0, 0, 0, 0},
	{"one more is", {{0, 0, 501}, {1, 0, 250}}, {{1, 0, 126, 0}, {2, 0, 375, 0}}, 249, 1, 0, 1,
		251, 1},
	{"never to another node", {{0, 0, 900}, {1, 1, 0}}, {{1, 0, 450, 0}, {2, 0, 450, 0}}, 250,
		-1, 0, 0, 0, 0},
	{"each node by itself: the worse one first",
		{{0, 0, 600}, {1, 0, 0}, {2, 1, 900}, {3, 1, 100}},
		{{1, 0, 300, 0}, {2, 0, 300, 0}, {3, 2, 400, 0}, {4, 2, 500, 0}}, 250, 3, 2, 3, 800,
		0},
	{"nodes that are not known are one", {{0, -1, 900}, {1, -1, 0}},
		{{1, 0, 450, 0}, {2, 0, 450, 0}}, 250, 1, 0, 1, 900, 0},
	{"two busy lcores, two idle ones: to the first idle one",
		{{0, 0, 900}, {1, 0, 900}, {2, 0, 0}, {3, 0, 0}},
		{{1, 0, 450, 0}, {2, 0, 450, 0}, {3, 1, 450, 0}, {4, 1, 450, 0}}, 250, 1, 0, 2, 900,
		0},
	{"a silent port does not move", {{0, 0, 900}, {1, 0, 0}}, {{1, 0, 0, 0}, {2, 0, 900, 0}}, 0,
		-1, 0, 0, 0, 0},
	{"a port's load was read after its lcore's", {{0, 0, 300}, {1, 0, 0}}, {{1, 0, 301, 0}}, 0,
		-1, 0, 0, 0, 0},
	{"numbers of lcores are not their places", {{4, 0, 800}, {2, 0, 0}},
		{{9, 0, 400, 0}, {8, 0, 400, 0}}, 250, 9, 4, 2, 800, 0},
};

static void
test_moves(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(rows); i++) {
		struct placement_step step = {.id = UINT32_MAX};
		uint16_t n = 0, n_ports = 0;
		bool moves;

		while (n < 4 && (n == 0 || rows[i].lcores[n].lcore))
			n++;
		while (n_ports < 5 && rows[i].ports[n_ports].id)
			n_ports++;
		moves = placement_move(
			rows[i].lcores, n, rows[i].ports, n_ports, rows[i].least, &step);
		if (moves != (rows[i].port >= 0) || (moves && step.id != (uint32_t)rows[i].port))
			fail_msg("%s: port %d moves", rows[i].what, moves ? (int)step.id : -1);
		if (!moves)
			continue;
		assert_int_equal(step.from, rows[i].from);
		assert_int_equal(step.to, rows[i].to);
		assert_int_equal(step.before, rows[i].before);
		assert_int_equal(step.after, rows[i].after);
	}
}

/* Moves end: from any start, loads only come closer. */
static void
test_comes_to_rest(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int run = 0; run < 200; run++) {
		struct placement_lcore lcores[4] = {{0, 0, 0}, {1, 0, 0}, {2, 0, 0}, {3, 0, 0}};
		struct placement_queue ports[40];
		struct placement_step step;
		int moves = 0;

		for (uint16_t i = 0; i < 40; i++) {
			seed = seed * 1664525 + 1013904223;
			ports[i] = (struct placement_queue){
				i, (uint16_t)(seed >> 30), (seed >> 8) % 100, false};
			lcores[ports[i].at].load += ports[i].load;
		}
		while (placement_move(lcores, 4, ports, 40, 0, &step)) {
			uint32_t load = ports[step.id].load;

			assert_true(step.after < step.before);
			lcores[step.from].load -= load;
			lcores[step.to].load += load;
			ports[step.id].at = step.to;
			assert_true(++moves < 1000);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_comes_to_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
