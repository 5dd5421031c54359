/*
 * A yardstick's frame: two vhost-user ports by rte_vhost, of which one's frames go to the other
 * (vhost_copy.c, floor.c). Threads: rte_vhost's own calls up() and down(), the main one forward().
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#define N_PORTS 2
/* A guest's rings as rte_vhost numbers them. */
#define RECEIVE 0
#define TRANSMIT 1

struct pair {
	const char *name;
	/* Virtio-net features. Without rte_vhost's own data path: all; with it: none of these. */
	bool own_rings;
	uint64_t features;
	bool (*prepare)(void);           /* after the EAL's start; may be NULL */
	bool (*up)(int port, int vid);   /* before its frames are forwarded; may be NULL */
	void (*down)(int port, int vid); /* after that; may be NULL */
	/* Moves a burst of what this port has sent; vid: both guests', -1: there is none. */
	void (*forward)(int from, const int vid[N_PORTS]);
};

/* [EAL OPTION]... -- SOCKET SOCKET: listens on both until a signal comes. Returns an exit code. */
int
pair_run(int argc, char **argv, const struct pair *pair);

#endif
