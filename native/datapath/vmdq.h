/*
 * How a NIC with VMDq numbers its pools and queues.
 *
 * The drivers differ (rte_eth_dev_info's vmdq_* fields): on most NICs pool 0 is the host's, where
 * frames without a match go, and a guest has one of the others. i40e has its pools beside the
 * host's own queues: they begin with number 1 as address filters count them, and with bit 0 as
 * VLAN maps do, and their queues come behind the host's.
 *
 * Its maps lead VLAN GUEST_TAG_BASE + i to the pool of port i, as far as they go. They are part of
 * its set-up: drivers change them only while the link is down.
 */
#ifndef VMDQ_H
#define VMDQ_H

#include <stdint.h>

struct vlan_set;

struct vmdq {
	uint16_t pools;  /* of the NIC, as far as a map has bits for them */
	uint16_t queues; /* to be set up and polled: the host's, and those of all pools */
	uint16_t first;  /* guests' pools, as address filters number them */
	uint16_t guests; /* how many these are */
	uint16_t base;   /* of that numbering, in which a map's bit 0 is this pool */
	uint16_t maps;   /* VLANs that can be mapped to pools */
};

/* What a driver reports. */
struct vmdq_report {
	uint16_t max_pools, pool_base, queue_base, queue_num, max_queues;
};

/* max_pools: 2 or more. */
struct vmdq
vmdq_plan(const struct vmdq_report *report);

/* Pool of a guest's port, as address filters number it. */
static inline uint16_t
vmdq_pool_of(const struct vmdq *vmdq, uint16_t port)
{
	return vmdq->first + port % vmdq->guests;
}

/* Its bit in a VLAN's map. */
static inline uint64_t
vmdq_bit_of(const struct vmdq *vmdq, uint16_t port)
{
	return 1ULL << (vmdq_pool_of(vmdq, port) - vmdq->base);
}

/* The first of a port's VLANs that the maps do not lead to its pool; 0: they do all. */
uint16_t
vmdq_unmapped(const struct vmdq *vmdq, uint16_t port, const struct vlan_set *vlans);

#endif
