#include <rte_common.h>
#include <rte_ethdev.h>

#include "port.h"
#include "vmdq.h"

/* Bits of a map. */
#define MAX_POOLS 64
/* VLANs a NIC can map to pools: the 82576 and the I350 have registers for 32, the 82599 for 64. */
#define SMALL_NIC_POOLS 8
#define SMALL_NIC_MAPS 32

struct vmdq
vmdq_plan(const struct vmdq_report *report)
{
	/* Where pools have a base, the host's queues are beside them; else it has pool 0. */
	uint16_t own = report->pool_base ? 0 : 1;
	uint16_t all = RTE_MAX(report->queue_base + report->queue_num, report->max_pools);
	struct vmdq vmdq = {
		.pools = RTE_MIN(report->max_pools, MAX_POOLS),
		.queues = RTE_MIN(all, report->max_queues),
		.first = report->pool_base + own,
		.base = report->pool_base,
		.maps = report->max_pools <= SMALL_NIC_POOLS ? SMALL_NIC_MAPS
							     : RTE_ETH_VMDQ_MAX_VLAN_FILTERS,
	};

	vmdq.guests = vmdq.pools - own;
	return vmdq;
}

static bool
is_mapped(const struct vmdq *vmdq, uint16_t port, uint16_t vlan)
{
	return vlan >= GUEST_TAG_BASE && vlan < GUEST_TAG_BASE + vmdq->maps &&
	       vmdq_pool_of(vmdq, vlan - GUEST_TAG_BASE) == vmdq_pool_of(vmdq, port);
}

uint16_t
vmdq_unmapped(const struct vmdq *vmdq, uint16_t port, const struct vlan_set *vlans)
{
	for (uint16_t vlan = 1; vlan <= VLAN_MAX; vlan++)
		if (vlan_set_has(vlans, vlan) && !is_mapped(vmdq, port, vlan))
			return vlan;
	return 0;
}
