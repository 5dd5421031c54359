/*
 * Which lcore polls which queue pair: the decisions alone. Whoever calls knows the load of lcores
 * and pairs (port_place.c, balance.c).
 */
#ifndef PLACEMENT_H
#define PLACEMENT_H

#include <stdbool.h>
#include <stdint.h>

struct placement_lcore {
	unsigned int lcore;
	int node; /* NUMA; -1: not known */
	uint32_t load;
};

/* A queue pair, or a device. */
struct placement_queue {
	uint32_t id;   /* the caller's own */
	uint16_t at;   /* index of its lcore */
	uint32_t load; /* a part of its lcore's */
	bool fixed;    /* stays where it is: an operator's choice, for instance */
};

struct placement_step {
	uint32_t id;            /* of the one that moves */
	unsigned int from, to;  /* lcores */
	uint32_t before, after; /* how far their loads are apart */
};

/*
 * The index of the least loaded lcore of a node, the first of several. Of all lcores if the node is
 * not known (-1) or has none. n is at least 1.
 */
uint16_t
placement_start(const struct placement_lcore *lcores, uint16_t n, int node);

/*
 * The one move within a NUMA node that brings the loads of two of its lcores closest together, from
 * the busiest lcore to the least loaded. False: none does by more than `least`, in the unit of the
 * loads. Each move makes the sum of squares of the loads smaller, so none is ever taken back unless
 * the loads change.
 */
bool
placement_move(const struct placement_lcore *lcores, uint16_t n,
	const struct placement_queue *queues, uint32_t n_queues, uint32_t least,
	struct placement_step *step);

#endif
