/*
 * Where lcores run. DPDK's own answers (rte_lcore_to_cpu_id(), rte_lcore_to_socket_id()) are about
 * the processor that has the lcore's number, which with --lcores 0@3 is another one. And memory
 * there.
 */
#ifndef PROCESSORS_H
#define PROCESSORS_H

#include <stdbool.h>
#include <stddef.h>

/* The processor that an lcore's thread runs on, the first if it may run on several; -1: none. */
int
lcore_cpu(unsigned int lcore);

/* That processor's NUMA node; -1: the kernel does not say. Reads /sys. */
int
lcore_node(unsigned int lcore);

/*
 * Whether all processors that an lcore's thread may run on are kept from other work: by isolcpus or
 * nohz_full of the kernel's command line. Reads /sys.
 */
bool
lcore_is_isolated(unsigned int lcore);

/*
 * Zeroed memory on a node, and where that has no huge pages left, on another: slower, but there.
 * rte_free() frees it. NULL: no node has any.
 */
void *
zalloc_near(const char *name, size_t size, int node);

#endif
