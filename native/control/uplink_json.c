#include <rte_ethdev.h>

#include "uplink_json.h"

#include "../datapath/uplink_setup.h"

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
