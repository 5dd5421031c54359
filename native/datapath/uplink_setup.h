/*
 * Shared by uplink.c (frames), uplink_setup.c (the device) and uplink_filter.c (its filters).
 */
#ifndef UPLINK_SETUP_H
#define UPLINK_SETUP_H

#include <rte_ether.h>

#include "uplink.h"

#define UPLINK_MAX_FILTERS 128

struct uplink_filter {
	struct rte_ether_addr mac;
	uint16_t port;
	uint32_t pool;
};

struct uplink {
	struct uplink_options options;
	uint16_t port; /* DPDK's */
	uint16_t n_rx_queues, n_tx_queues;
	uint16_t mtu;
	uint32_t max_frame;
	struct rte_mempool *pool;
	bool strips;           /* the NIC strips tags */
	bool tcp_sum, udp_sum; /* the device completes these checksums */
	bool vmdq;
	uint16_t pools;  /* VMDq's; 0: none */
	uint16_t maps;   /* number of VLANs mapped to pools, from UPLINK_TAG_BASE on */
	const char *why; /* classification is in hardware, or not */
	char driver[32];
	/* Control thread. */
	uint16_t n_filters;
	struct uplink_filter filter[UPLINK_MAX_FILTERS];
	bool filters_full; /* the NIC passes everything */
	/* One per transmit queue, for the lcore that sends on it. */
	/* shared: written and read by the lcores that share the queue */
	bool tx_claimed[RTE_MAX_LCORE];
};

/* Pool of a guest's port. Pool 0 is the host's: frames without a match go there. */
static inline uint32_t
uplink_pool_of(const struct uplink *uplink, uint16_t port)
{
	return 1 + port % (uplink->pools - 1);
}

#endif
