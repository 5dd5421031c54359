#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "fdb.h"
#include "uplink_setup.h"
#include "vswitch.h"

#include "../base/log.h"
#include "../ring/ring.h"

#define RX_DESCRIPTORS 512
#define TX_DESCRIPTORS 512
#define MBUF_CACHE 256
#define TAG_BYTES 4
/* VLANs a NIC can map to pools: the 82576 has registers for 32, the 82599 for 64. */
#define SMALL_NIC_POOLS 8
#define SMALL_NIC_MAPS 32

static struct uplink *
refuse(struct uplink *uplink, const char *what, int error, const char *remedy)
{
	fprintf(stderr, "vhost-switch: uplink %u: %s%s%s; %s\n", uplink->port, what,
		error ? ": " : "", error ? rte_strerror(abs(error)) : "", remedy);
	if (uplink->pool)
		rte_mempool_free(uplink->pool);
	free(uplink);
	return NULL;
}

static enum rte_eth_nb_pools
pools_of(uint16_t pools)
{
	return pools >= 64   ? RTE_ETH_64_POOLS
	       : pools >= 32 ? RTE_ETH_32_POOLS
	       : pools >= 16 ? RTE_ETH_16_POOLS
			     : RTE_ETH_8_POOLS;
}

static void
plan_vmdq(struct uplink *uplink, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	struct rte_eth_vmdq_rx_conf *vmdq = &conf->rx_adv_conf.vmdq_rx_conf;

	uplink->vmdq = true;
	uplink->pools = RTE_MIN(info->max_vmdq_pools, 64);
	uplink->why = "the NIC reports VMDq pools; every frame is checked again in software";
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_VMDQ_ONLY;
	vmdq->nb_queue_pools = pools_of(uplink->pools);
	vmdq->enable_default_pool = 1;
	vmdq->default_pool = 0;
	vmdq->enable_loop_back = uplink->options.loopback;
	uplink->maps = info->max_vmdq_pools <= SMALL_NIC_POOLS ? SMALL_NIC_MAPS
							       : RTE_ETH_VMDQ_MAX_VLAN_FILTERS;
	vmdq->nb_pool_maps = uplink->maps;
	for (uint16_t i = 0; i < uplink->maps; i++) {
		vmdq->pool_map[i].vlan_id = UPLINK_TAG_BASE + i;
		vmdq->pool_map[i].pools = 1ULL << uplink_pool_of(uplink, i);
	}
	if (uplink->options.promiscuous)
		vmdq->rx_mode = RTE_ETH_VMDQ_ACCEPT_BROADCAST | RTE_ETH_VMDQ_ACCEPT_MULTICAST;
}

/* Every queue is polled, as NICs number the pools' queues differently. */
static void
plan_queues(struct uplink *uplink, const struct rte_eth_dev_info *info)
{
	uplink->n_rx_queues =
		uplink->vmdq ? RTE_MAX(info->vmdq_queue_num, info->max_vmdq_pools) : 1;
	uplink->n_rx_queues = RTE_MIN(uplink->n_rx_queues, info->max_rx_queues);
	uplink->n_tx_queues = RTE_MIN(rte_lcore_count(), info->max_tx_queues);
}

static void
plan_offloads(struct uplink *uplink, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	uint64_t rx = 0;

	if (uplink->options.vlan_strip)
		rx |= RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	/*
	 * Not VLAN_FILTER: VMDq's maps do that, and igb would put its own, empty table in
	 * their place.
	 */
	if (uplink->options.large)
		rx |= RTE_ETH_RX_OFFLOAD_SCATTER;
	conf->rxmode.offloads = rx & info->rx_offload_capa;
	uplink->strips = conf->rxmode.offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	if (uplink->options.checksums)
		conf->txmode.offloads =
			(RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM) &
			info->tx_offload_capa;
	uplink->tcp_sum = conf->txmode.offloads & RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
	uplink->udp_sum = conf->txmode.offloads & RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
}

static bool
make_pool(struct uplink *uplink)
{
	uint32_t n = uplink->n_rx_queues * RX_DESCRIPTORS + uplink->n_tx_queues * TX_DESCRIPTORS +
		     rte_lcore_count() * (MBUF_CACHE + 2 * BURST);
	uint32_t room = RTE_MAX(
		uplink->max_frame + RTE_PKTMBUF_HEADROOM, (uint32_t)RTE_MBUF_DEFAULT_BUF_SIZE);

	n = RTE_MAX(n, uplink->options.n_mbufs);
	uplink->pool = rte_pktmbuf_pool_create("uplink", n, MBUF_CACHE, 0,
		RTE_MIN(room, (uint32_t)UINT16_MAX), rte_eth_dev_socket_id(uplink->port));
	return uplink->pool;
}

static int
set_up_queues(struct uplink *uplink, const struct rte_eth_dev_info *info)
{
	uint16_t rx = RX_DESCRIPTORS, tx = TX_DESCRIPTORS;
	struct rte_eth_rxconf rx_conf = info->default_rxconf;
	int socket = rte_eth_dev_socket_id(uplink->port), error;

	error = rte_eth_dev_adjust_nb_rx_tx_desc(uplink->port, &rx, &tx);
	rx_conf.rx_drop_en = 1; /* a guest's full pool must not hold up the others */
	for (uint16_t i = 0; i < uplink->n_rx_queues && !error; i++)
		error = rte_eth_rx_queue_setup(uplink->port, i, rx, socket, &rx_conf, uplink->pool);
	for (uint16_t i = 0; i < uplink->n_tx_queues && !error; i++)
		error = rte_eth_tx_queue_setup(uplink->port, i, tx, socket, NULL);
	return error;
}

static void
plan_mtu(struct uplink *uplink, const struct rte_eth_dev_info *info)
{
	uint16_t largest = RTE_MIN(info->max_mtu, (uint16_t)9000);

	uplink->mtu = uplink->options.large && largest > RTE_ETHER_MTU ? largest : RTE_ETHER_MTU;
	uplink->max_frame = uplink->mtu + RTE_ETHER_HDR_LEN + 2 * TAG_BYTES;
}

/* Passes frames for guests' addresses: by VMDq's filters, else everything. */
static int
set_reception(struct uplink *uplink)
{
	int error;

	if (uplink->vmdq && !uplink->options.promiscuous)
		return 0;
	error = rte_eth_promiscuous_enable(uplink->port);
	/* A device without this mode passes everything (e.g. pcap). */
	return error == -ENOTSUP ? 0 : error;
}

struct uplink *
uplink_start(const struct uplink_options *options)
{
	struct uplink *uplink = calloc(1, sizeof(*uplink));
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = {0};
	int error;

	if (!uplink)
		return NULL;
	uplink->options = *options;
	uplink->port = __builtin_ctzll(options->port_mask);
	uplink->why = "the device reports no VMDq pools";
	if (!rte_eth_dev_is_valid_port(uplink->port))
		return refuse(uplink, "-p names a DPDK port that is not there", 0,
			"bind a NIC to vfio-pci or give the EAL a --vdev");
	error = rte_eth_dev_info_get(uplink->port, &info);
	if (error)
		return refuse(uplink, "the device does not answer", error, "see the lines above");
	snprintf(uplink->driver, sizeof(uplink->driver), "%s", info.driver_name);
	if (options->loopback && strcmp(uplink->driver, "net_ixgbe") != 0)
		return refuse(uplink, "--vm2vm 2 needs a NIC that loops frames back between pools",
			0, "only ixgbe NICs do; use --vm2vm 1");
	if (info.max_vmdq_pools > 1)
		plan_vmdq(uplink, &info, &conf);
	plan_queues(uplink, &info);
	plan_offloads(uplink, &info, &conf);
	plan_mtu(uplink, &info);
	conf.rxmode.mtu = uplink->mtu;
	error = rte_eth_dev_configure(
		uplink->port, uplink->n_rx_queues, uplink->n_tx_queues, &conf);
	if (error)
		return refuse(uplink, "cannot be configured", error, "see the lines above");
	if (!make_pool(uplink))
		return refuse(
			uplink, "no memory for frames", rte_errno, "give the EAL a larger -m");
	error = set_up_queues(uplink, &info);
	if (!error)
		error = rte_eth_dev_start(uplink->port);
	if (!error)
		error = set_reception(uplink);
	if (error) {
		(void)rte_eth_dev_close(uplink->port);
		return refuse(uplink, "cannot be started", error, "see the lines above");
	}
	LOG(INFO, "uplink %u: %s, %s, MTU %u", uplink->port, uplink->driver,
		uplink->vmdq ? "VMDq" : "software classification", uplink->mtu);
	return uplink;
}

void
uplink_stop(struct uplink *uplink)
{
	int error;

	if (!uplink)
		return;
	error = rte_eth_dev_stop(uplink->port);
	if (!error)
		error = rte_eth_dev_close(uplink->port);
	if (error)
		LOG(ERR, "uplink %u: cannot be closed: %s", uplink->port, rte_strerror(-error));
	rte_mempool_free(uplink->pool);
	free(uplink);
}
