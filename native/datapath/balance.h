/*
 * The balancer: moves queue pairs between lcores of a NUMA node while their loads are far apart.
 * Off unless `balance` is set. An lcore's load is its busy cycles, and a pair's share of that is
 * its share of the frames that the lcore polled, each worth as much as its copy costs
 * (work_of_frames()). A device is moved as a whole. Control thread.
 *
 * Hysteresis: a move must bring two loads closer by `balance_sensitivity`, and a pair that moved
 * has no load before it was measured on its lcore for a whole interval, so it stays that long.
 */
#ifndef BALANCE_H
#define BALANCE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_config.h>

struct vswitch;

/* Of a queue pair, or a device. */
struct queue_reading {
	uint16_t port, pair;
	uint16_t lcore; /* that polled it */
	bool fixed;     /* and goes on to */
	uint64_t work;  /* for what it sent */
};

/* The last reading; all zero at first. */
struct balance_reading {
	bool is_there;
	uint32_t next; /* second of the next one */
	uint64_t tsc;
	uint64_t busy[RTE_MAX_LCORE]; /* cycles */
	uint32_t n;
	struct queue_reading *queues; /* by port and pair */
};

/* Each second. Moves what is to be moved, and counts it in sw->balanced. */
void
balance_refresh(struct vswitch *sw, struct balance_reading *last);
/* Frees its memory; it is as at first. */
void
balance_forget(struct balance_reading *last);

#endif
