/*
 * Included before DPDK's vhost sample when the benchmark compiles it (bench/sample.ts). The sample
 * takes no device without VMDq, which only some physical cards have; guest to guest it sends
 * nothing through it. So a device of any kind says that it has two pools of a queue each.
 */
#ifndef BENCH_SAMPLE_NIC_H
#define BENCH_SAMPLE_NIC_H

#include <rte_ethdev.h>

static inline int
sample_nic_info(uint16_t port, struct rte_eth_dev_info *info)
{
	int result = rte_eth_dev_info_get(port, info);

	info->max_rx_queues = info->vmdq_queue_num = info->max_vmdq_pools = 2;
	return result;
}

#define rte_eth_dev_info_get sample_nic_info

#endif
