#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "fdb.h"
#include "device_reach.h"
#include "device_setup.h"
#include "vswitch.h"

#include "../base/log.h"
#include "../ring/ring.h"

#define RX_DESCRIPTORS 512
#define TX_DESCRIPTORS 512
#define MBUF_CACHE 256
#define AF_XDP_BUFFERS 8192

static enum rte_eth_nb_pools
pools_of(uint16_t pools)
{
	return pools >= 64   ? RTE_ETH_64_POOLS
	       : pools >= 32 ? RTE_ETH_32_POOLS
	       : pools >= 16 ? RTE_ETH_16_POOLS
			     : RTE_ETH_8_POOLS;
}

static void
say_why(struct device *device, const char *why)
{
	snprintf(device->why, sizeof(device->why), "%s", why);
}

static void
plan_vmdq(struct device *device, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	struct rte_eth_vmdq_rx_conf *vmdq = &conf->rx_adv_conf.vmdq_rx_conf;
	const struct vmdq_report report = {
		.max_pools = info->max_vmdq_pools,
		.pool_base = info->vmdq_pool_base,
		.queue_base = info->vmdq_queue_base,
		.queue_num = info->vmdq_queue_num,
		.max_queues = info->max_rx_queues,
	};

	device->has_vmdq = true;
	device->vmdq = vmdq_plan(&report);
	say_why(device, "the NIC reports VMDq pools; every frame is checked again in software");
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_VMDQ_ONLY;
	vmdq->nb_queue_pools = pools_of(device->vmdq.pools);
	vmdq->enable_default_pool = 1;
	vmdq->default_pool = 0;
	vmdq->enable_loop_back = device->wish.loopback;
	vmdq->nb_pool_maps = device->vmdq.maps;
	for (uint16_t i = 0; i < device->vmdq.maps; i++) {
		vmdq->pool_map[i].vlan_id = GUEST_TAG_BASE + i;
		vmdq->pool_map[i].pools = vmdq_bit_of(&device->vmdq, i);
	}
	if (device->wish.promiscuous)
		vmdq->rx_mode = RTE_ETH_VMDQ_ACCEPT_BROADCAST | RTE_ETH_VMDQ_ACCEPT_MULTICAST;
}

/* Every queue is polled, as NICs number the pools' queues differently. */
static void
plan_queues(struct device *device, const struct rte_eth_dev_info *info)
{
	device->n_rx_queues = device->has_vmdq ? device->vmdq.queues : 1;
	device->n_tx_queues = RTE_MIN(rte_lcore_count(), info->max_tx_queues);
}

static void
plan_offloads(struct device *device, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	uint64_t rx = 0;

	if (device->wish.per_guest && device->wish.vlan_strip)
		rx |= RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	/*
	 * VLAN_FILTER where the card sorts a VF's frames whatever its driver thinks. Not elsewhere:
	 * VMDq's maps do that, and igb would put its own, empty table in their place.
	 */
	if (device_is_vf(device))
		rx |= RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
	if (device->wish.large)
		rx |= RTE_ETH_RX_OFFLOAD_SCATTER;
	conf->rxmode.offloads = rx & info->rx_offload_capa;
	device->sorts_vlans = conf->rxmode.offloads & RTE_ETH_RX_OFFLOAD_VLAN_FILTER;
	device->strips = conf->rxmode.offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP;
	if (device->wish.checksums)
		conf->txmode.offloads =
			(RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM) &
			info->tx_offload_capa;
	device->tcp_sum = conf->txmode.offloads & RTE_ETH_TX_OFFLOAD_TCP_CKSUM;
	device->udp_sum = conf->txmode.offloads & RTE_ETH_TX_OFFLOAD_UDP_CKSUM;
}

/* Buffers that a device's queues hold. */
static uint32_t
queue_buffers(const struct device *device)
{
	/* Whatever it is asked for, it fills two rings of 2,048 for each pair of queues. */
	if (!strcmp(device->driver, "net_af_xdp"))
		return RTE_MAX(device->n_rx_queues, device->n_tx_queues) * AF_XDP_BUFFERS;
	return device->n_rx_queues * RX_DESCRIPTORS + device->n_tx_queues * TX_DESCRIPTORS;
}

/* On the device's NUMA node, and where that has no memory left, on another. */
static bool
make_pool(struct device *device)
{
	uint32_t n = queue_buffers(device) + rte_lcore_count() * (MBUF_CACHE + 2 * BURST);
	char name[RTE_MEMPOOL_NAMESIZE];
	uint32_t room = RTE_MAX(
		device->max_frame + RTE_PKTMBUF_HEADROOM, (uint32_t)RTE_MBUF_DEFAULT_BUF_SIZE);

	n = RTE_MAX(n, device->wish.n_mbufs);
	snprintf(name, sizeof(name), "device-%u", device->port);
	room = RTE_MIN(room, (uint32_t)UINT16_MAX);
	device->pool = rte_pktmbuf_pool_create(
		name, n, MBUF_CACHE, 0, (uint16_t)room, rte_eth_dev_socket_id(device->port));
	if (device->pool)
		return true;
	device->pool =
		rte_pktmbuf_pool_create(name, n, MBUF_CACHE, 0, (uint16_t)room, SOCKET_ID_ANY);
	if (device->pool)
		LOG(WARNING,
			"device %s: its NUMA node has no memory for its buffers: they are on "
			"another",
			device->name);
	return device->pool;
}

static int
set_up_queues_on(struct device *device, const struct rte_eth_dev_info *info, int socket)
{
	uint16_t rx = RX_DESCRIPTORS, tx = TX_DESCRIPTORS;
	struct rte_eth_rxconf rx_conf = info->default_rxconf;
	int error;

	error = rte_eth_dev_adjust_nb_rx_tx_desc(device->port, &rx, &tx);
	rx_conf.rx_drop_en = 1; /* a guest's full pool must not hold up the others */
	for (uint16_t i = 0; i < device->n_rx_queues && !error; i++)
		error = rte_eth_rx_queue_setup(device->port, i, rx, socket, &rx_conf, device->pool);
	for (uint16_t i = 0; i < device->n_tx_queues && !error; i++)
		error = rte_eth_tx_queue_setup(device->port, i, tx, socket, NULL);
	return error;
}

static int
set_up_queues(struct device *device, const struct rte_eth_dev_info *info)
{
	int error = set_up_queues_on(device, info, rte_eth_dev_socket_id(device->port));

	return error == -ENOMEM ? set_up_queues_on(device, info, SOCKET_ID_ANY) : error;
}

/* As ethdev computes it, which refuses more; memif says no largest MTU, but a longest frame. */
static uint32_t
largest_mtu(const struct rte_eth_dev_info *info)
{
	uint32_t longest = info->max_rx_pktlen, mtu = info->max_mtu;
	uint32_t around = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;

	if (mtu != UINT16_MAX && longest > mtu)
		return mtu;
	return RTE_MIN(mtu, longest > around ? longest - around : 0);
}

static void
plan_mtu(struct device *device, const struct rte_eth_dev_info *info)
{
	uint16_t largest = (uint16_t)RTE_MIN(largest_mtu(info), 9000U);

	device->mtu = device->wish.large && largest > RTE_ETHER_MTU ? largest : RTE_ETHER_MTU;
	device->max_frame = device->mtu + RTE_ETHER_HDR_LEN + 2 * TAG_BYTES;
}

/* Passes frames for guests' addresses: by VMDq's filters, else everything. */
static int
set_reception(struct device *device)
{
	int error;

	if (device->has_vmdq && !device->wish.promiscuous)
		return 0;
	error = rte_eth_promiscuous_enable(device->port);
	/* A device without this mode passes everything (e.g. pcap). */
	return error == -ENOTSUP ? 0 : error;
}

static int
configure(struct device *device, const struct rte_eth_dev_info *info)
{
	struct rte_eth_conf conf = {0};

	device->has_vmdq = false;
	device->vmdq = (struct vmdq){0};
	if (!device->wish.per_guest)
		say_why(device, "VLANs are told apart in software");
	else if (device_count_vfs(device, info) > 0)
		say_why(device, "the NIC's pools are its VFs'");
	else if (info->max_vmdq_pools <= 1)
		say_why(device, "the device reports no VMDq pools");
	else if (!device->wish.software) /* who wishes that says why */
		plan_vmdq(device, info, &conf);
	plan_queues(device, info);
	plan_offloads(device, info, &conf);
	plan_mtu(device, info);
	conf.rxmode.mtu = device->mtu;
	return rte_eth_dev_configure(device->port, device->n_rx_queues, device->n_tx_queues, &conf);
}

static int
start(struct device *device, const struct rte_eth_dev_info *info)
{
	int error = set_up_queues(device, info);

	if (!error)
		error = rte_eth_dev_start(device->port);
	device->started = !error;
	if (!error)
		error = set_reception(device);
	device_reach_plan(device, info);
	if (!error)
		LOG(INFO, "device %s: %s, %s, MTU %u", device->name, device->driver,
			device->has_vmdq ? "VMDq" : "software classification", device->mtu);
	return error;
}

int
device_start_anew(struct device *device)
{
	struct rte_eth_dev_info info;
	int error = rte_eth_dev_info_get(device->port, &info);

	if (!error)
		error = configure(device, &info);
	return error ? error : start(device, &info);
}

/* Whether its frames are those of an interface of the kernel's, without what the kernel knows. */
static bool
is_of_kernel(uint16_t port)
{
	struct rte_eth_dev_info info;

	return rte_eth_dev_info_get(port, &info) == 0 &&
	       (!strcmp(info.driver_name, "net_af_packet") ||
		       !strcmp(info.driver_name, "net_af_xdp"));
}

static bool
may_leave_out(const struct device *device)
{
	for (uint16_t i = 0; i < device->n_bond_members; i++)
		if (is_of_kernel(device->bond_member[i]))
			return true;
	return is_of_kernel(device->port);
}

bool
device_start(struct device *device, const char **what, int *error)
{
	struct rte_eth_dev_info info;

	*what = "it does not answer";
	*error = rte_eth_dev_info_get(device->port, &info);
	if (*error)
		return false;
	snprintf(device->driver, sizeof(device->driver), "%s", info.driver_name);
	device->leaves_out = may_leave_out(device);
	*what = "--vm2vm 2 needs a NIC that loops frames back between pools, as only ixgbe NICs do";
	if (device->wish.loopback && strcmp(device->driver, "net_ixgbe") != 0)
		return false;
	*what = "it cannot be configured; check its settings, and see the lines above in the log";
	*error = configure(device, &info);
	if (*error)
		return false;
	*what = "no memory for frames; give the EAL a larger -m";
	if (!make_pool(device)) {
		*error = rte_errno;
		return false;
	}
	*what = "it cannot be started; see the lines above in the log";
	*error = start(device, &info);
	return !*error;
}
