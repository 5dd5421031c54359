/*
 * Included before DPDK's vhost sample when the benchmark compiles it (bench/sample.ts). The sample
 * takes no device without VMDq, which only some physical cards have; guest to guest it sends
 * nothing through it. So a device of any kind says that it has two pools of a queue each, and is
 * set up as what it is. And its first thread sleeps while it waits for the one that forwards, whose
 * processor it would poll away: both have the same one here.
 */
#ifndef BENCH_SAMPLE_NIC_H
#define BENCH_SAMPLE_NIC_H

#include <unistd.h>

#include <rte_ethdev.h>
#include <rte_launch.h>

static inline int
sample_nic_info(uint16_t port, struct rte_eth_dev_info *info)
{
	int result = rte_eth_dev_info_get(port, info);

	info->max_rx_queues = info->vmdq_queue_num = info->max_vmdq_pools = 2;
	return result;
}

static inline int
sample_nic_configure(
	uint16_t port, uint16_t receive, uint16_t transmit, const struct rte_eth_conf *wanted)
{
	const struct rte_eth_conf plain = {0};

	(void)wanted;
	return rte_eth_dev_configure(port, receive, transmit, &plain);
}

static inline int
sample_nic_queue(uint16_t port, uint16_t queue, uint16_t size, unsigned int node,
	const struct rte_eth_rxconf *wanted, struct rte_mempool *pool)
{
	(void)wanted;
	return rte_eth_rx_queue_setup(port, queue, size, node, NULL, pool);
}

static inline int
sample_nic_out(uint16_t port, uint16_t queue, uint16_t size, unsigned int node,
	const struct rte_eth_txconf *wanted)
{
	(void)wanted;
	return rte_eth_tx_queue_setup(port, queue, size, node, NULL);
}

static inline int
sample_wait(unsigned int lcore)
{
	while (rte_eal_get_lcore_state(lcore) == RUNNING)
		usleep(10000);
	return rte_eal_wait_lcore(lcore);
}

#define rte_eal_wait_lcore sample_wait
#define rte_eth_dev_info_get sample_nic_info
#define rte_eth_dev_configure sample_nic_configure
#define rte_eth_rx_queue_setup sample_nic_queue
#define rte_eth_tx_queue_setup sample_nic_out

#endif
