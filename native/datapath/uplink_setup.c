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

/* Pool of a guest's port. Pool 0 is the host's: what matches nothing lands there. */
static uint32_t
pool_of(const struct uplink *uplink, uint16_t port)
{
	return 1 + port % (uplink->pools - 1);
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
		vmdq->pool_map[i].pools = 1ULL << pool_of(uplink, i);
	}
	if (uplink->options.promiscuous)
		vmdq->rx_mode = RTE_ETH_VMDQ_ACCEPT_BROADCAST | RTE_ETH_VMDQ_ACCEPT_MULTICAST;
}

/* Every queue is polled, as the pools' queues are numbered differently from NIC to NIC. */
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
	rx_conf.rx_drop_en = 1; /* a guest's pool that fills up must not hold up the others' */
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

/* Frames for guests' addresses: by VMDq's filters, else everything. */
static int
set_reception(struct uplink *uplink)
{
	int error;

	if (uplink->vmdq && !uplink->options.promiscuous)
		return 0;
	error = rte_eth_promiscuous_enable(uplink->port);
	/* A device that has no such mode passes everything (pcap, for one). */
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

static int
find_filter(const struct uplink *uplink, const uint8_t mac[6])
{
	for (uint16_t i = 0; i < uplink->n_filters; i++)
		if (!memcmp(uplink->filter[i].mac.addr_bytes, mac, RTE_ETHER_ADDR_LEN))
			return i;
	return -1;
}

static void
remove_filter(struct uplink *uplink, uint16_t i)
{
	int error = rte_eth_dev_mac_addr_remove(uplink->port, &uplink->filter[i].mac);

	if (error)
		LOG(WARNING, "uplink %u: a filter stays: %s", uplink->port, rte_strerror(-error));
	uplink->filter[i] = uplink->filter[--uplink->n_filters];
}

/* NICs have few address filters (the 82576: 24). Past them, all frames pass and we sort. */
static void
pass_everything(struct uplink *uplink, int error)
{
	if (uplink->filters_full)
		return;
	uplink->filters_full = true;
	LOG(WARNING, "uplink %u: no more address filters (%s); the NIC now passes every frame",
		uplink->port, rte_strerror(-error));
	error = rte_eth_promiscuous_enable(uplink->port);
	if (error)
		LOG(ERR, "uplink %u: promiscuous mode: %s", uplink->port, rte_strerror(-error));
}

void
uplink_accept(struct uplink *uplink, uint16_t port, const uint8_t mac[6])
{
	struct uplink_filter *filter;
	int present, error;

	if (!uplink->vmdq)
		return;
	present = find_filter(uplink, mac);
	if (present >= 0 && uplink->filter[present].port == port)
		return;
	if (present >= 0)
		remove_filter(uplink, present);
	if (uplink->n_filters == UPLINK_MAX_FILTERS) {
		pass_everything(uplink, -ENOSPC);
		return;
	}
	filter = &uplink->filter[uplink->n_filters];
	memcpy(filter->mac.addr_bytes, mac, RTE_ETHER_ADDR_LEN);
	filter->port = port;
	filter->pool = pool_of(uplink, port);
	error = rte_eth_dev_mac_addr_add(uplink->port, &filter->mac, filter->pool);
	if (error)
		pass_everything(uplink, error);
	else
		uplink->n_filters++;
}

void
uplink_refresh(struct uplink *uplink, const struct vswitch *sw)
{
	for (uint16_t i = uplink->n_filters; i-- > 0;) {
		const struct uplink_filter *filter = &uplink->filter[i];
		const struct port *port = &sw->ports[filter->port];
		uint16_t vlan = port->used ? port->config.vlan : 0;
		uint64_t key = fdb_key(filter->mac.addr_bytes, vlan, vlan);

		if (!port->used || fdb_lookup(sw->fdb, key) != filter->port)
			remove_filter(uplink, i);
	}
}

void
uplink_accept_vlan(struct uplink *uplink, uint16_t tag)
{
	if (uplink->vmdq && (tag < UPLINK_TAG_BASE || tag >= UPLINK_TAG_BASE + uplink->maps))
		LOG(WARNING,
			"uplink %u: the NIC's VMDq maps hold VLANs %u to %u; VLAN %u may not pass "
			"it",
			uplink->port, UPLINK_TAG_BASE, UPLINK_TAG_BASE + uplink->maps - 1, tag);
}

json_t *
uplink_describe(struct uplink *uplink)
{
	char mac[RTE_ETHER_ADDR_FMT_SIZE] = "", name[RTE_ETH_NAME_MAX_LEN] = "";
	struct rte_eth_link link = {0};
	struct rte_ether_addr address;

	if (rte_eth_macaddr_get(uplink->port, &address) == 0)
		rte_ether_format_addr(mac, sizeof(mac), &address);
	(void)rte_eth_dev_get_name_by_port(uplink->port, name);
	(void)rte_eth_link_get_nowait(uplink->port, &link);
	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:b, s:b, s:b, s:s, s:I}",
		"port", uplink->port, "name", name, "driver", uplink->driver, "mac", mac,
		"classification", uplink->vmdq ? "vmdq" : "software", "why", uplink->why, "pools",
		uplink->pools, "rx_queues", uplink->n_rx_queues, "mtu", uplink->mtu, "promiscuous",
		uplink->options.promiscuous, "vlan_strip", uplink->options.vlan_strip, "checksums",
		uplink->tcp_sum || uplink->udp_sum, "link", link.link_status ? "up" : "down",
		"filters", (json_int_t)uplink->n_filters);
}

json_t *
uplink_nic_counters(struct uplink *uplink)
{
	struct rte_eth_stats s = {0};

	(void)rte_eth_stats_get(uplink->port, &s);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "rx_packets", (json_int_t)s.ipackets,
		"tx_packets", (json_int_t)s.opackets, "rx_missed", (json_int_t)s.imissed,
		"rx_errors", (json_int_t)s.ierrors, "rx_no_buffer", (json_int_t)s.rx_nombuf,
		"tx_errors", (json_int_t)s.oerrors);
}
