/*
 * The balancer: moves ports between lcores of a NUMA node while their loads are far apart. Off
 * unless `balance` is set. What it measures is counted anyway: an lcore's load is its busy cycles,
 * and a port's share of that is its share of the frames that the lcore polled, each worth as much
 * as its copy costs. Forwarding does nothing for it. Control thread.
 */
#ifndef BALANCE_H
#define BALANCE_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_config.h>

#include "../base/sizes.h"

struct vswitch;

/* The last reading; all zero at first. */
struct balance_reading {
	bool is_there;
	uint32_t next; /* second of the next one */
	uint64_t tsc;
	uint64_t busy[RTE_MAX_LCORE];  /* cycles */
	uint64_t work[MAX_PORTS];      /* of what the port sent */
	unsigned int lcore[MAX_PORTS]; /* that polled it */
};

/* Each second. Moves what is to be moved, and counts it in sw->balanced. */
void
balance_refresh(struct vswitch *sw, struct balance_reading *last);

#endif
