#include <string.h>

#include <rte_ethdev.h>

#include "device_json.h"

#include "../datapath/device_bond.h"
#include "../datapath/device_name.h"
#include "../datapath/device_setup.h"
#include "../datapath/vswitch.h"

/* Of a device that DPDK does not know; it numbers none so. */
#define NO_DPDK_PORT UINT16_MAX

/* By a packet socket: what the kernel says. */
static json_t *
describe_packet(const struct device *device, const char *port)
{
	char mac[RTE_ETHER_ADDR_FMT_SIZE], name[BARE_NAME_MAX + 1];
	struct rte_ether_addr address;
	struct packet_facts facts;

	device_bare_name(device->name, name);
	packet_socket_look(device->packet, &facts);
	memcpy(address.addr_bytes, facts.mac, sizeof(address.addr_bytes));
	rte_ether_format_addr(mac, sizeof(mac), &address);
	return json_pack(
		"{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:b, s:b, s:b, s:s, s:i, s:i}",
		"of", port, "port", NO_DPDK_PORT, "name", name, "driver", device->driver, "mac",
		mac, "classification", "software", "why", device->why, "pools", 0, "rx_queues", 1,
		"mtu", facts.mtu, "promiscuous", device->wish.promiscuous, "vlan_strip",
		device->wish.vlan_strip, "checksums", 1, "link", facts.link ? "up" : "down",
		"filters", 0, "filters_missed", 0);
}

/* Bits of LACP's state, from the lowest (802.1AX, 6.4.2.3). */
static json_t *
lacp_flags(uint8_t state)
{
	static const char *const words[] = {"active", "fast", "aggregatable", "in_sync",
		"collecting", "distributing", "defaulted", "expired"};
	json_t *flags = json_array();

	for (size_t i = 0; i < RTE_DIM(words); i++)
		if (state & 1u << i)
			json_array_append_new(flags, json_string(words[i]));
	return flags;
}

static void
add_bond(json_t *object, const struct device *device)
{
	struct bond_member members[BOND_MEMBERS];
	uint8_t mode;
	uint16_t n = device_bond_look(device, &mode, members);
	json_t *list = json_array();

	for (uint16_t i = 0; i < n; i++) {
		json_t *member = json_pack("{s:s, s:s, s:b}", "name", members[i].name, "link",
			members[i].link ? "up" : "down", "active", members[i].active);
		char mac[RTE_ETHER_ADDR_FMT_SIZE];

		if (members[i].has_lacp) {
			rte_ether_format_addr(mac, sizeof(mac), &members[i].partner);
			json_object_update_new(
				member, json_pack("{s:o, s:o, s:s}", "actor",
						lacp_flags(members[i].actor_state), "partner",
						lacp_flags(members[i].partner_state),
						"partner_system", mac));
		}
		json_array_append_new(list, member);
	}
	json_object_update_new(object, json_pack("{s:i, s:o}", "bond_mode", mode, "members", list));
}

json_t *
device_describe(struct device *device, const char *port)
{
	char mac[RTE_ETHER_ADDR_FMT_SIZE] = "", name[RTE_ETH_NAME_MAX_LEN] = "";
	char vlans[VLAN_LIST_MAX + 1] = "";
	struct rte_ether_addr address;
	json_t *object;

	if (device->packet)
		return describe_packet(device, port);
	if (rte_eth_macaddr_get(device->port, &address) == 0)
		rte_ether_format_addr(mac, sizeof(mac), &address);
	(void)rte_eth_dev_get_name_by_port(device->port, name);
	if (device->sorts_vlans)
		vlan_set_print(&device->vlans, vlans);
	object = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:b, s:b, s:b, s:s, "
			   "s:I, s:I, s:s*, s:o*}",
		"of", port, "port", device->port, "name", name, "driver", device->driver, "mac",
		mac, "classification", device->has_vmdq ? "vmdq" : "software", "why", device->why,
		"pools", device->vmdq.pools, "rx_queues", device->n_rx_queues, "mtu", device->mtu,
		"promiscuous", device->wish.promiscuous, "vlan_strip", device->wish.vlan_strip,
		"checksums", device->tcp_sum || device->udp_sum, "link",
		device_link_is_up(device) ? "up" : "down", "filters", (json_int_t)device->n_filters,
		"filters_missed", (json_int_t)device->reach_missed, "vlans",
		device->sorts_vlans ? vlans : NULL, "node", describe_node(device_node(device)));
	if (device_is_bond(device))
		add_bond(object, device);
	return object;
}

static json_t *
packet_counters(const struct device *device)
{
	struct host_counts counts;

	device_count(device, &counts);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "rx_packets",
		(json_int_t)counts.of[HOST_TAKEN], "tx_packets", (json_int_t)counts.of[HOST_GIVEN],
		"rx_missed", (json_int_t)packet_socket_missed(device->packet), "rx_errors",
		(json_int_t)counts.of[HOST_UNSAID], "rx_no_buffer", (json_int_t)0, "tx_errors",
		(json_int_t)counts.of[HOST_DOWN] + (json_int_t)counts.of[HOST_TOO_LONG]);
}

json_t *
device_nic_counters(struct device *device)
{
	struct rte_eth_stats s = {0};

	if (device->packet)
		return packet_counters(device);
	(void)rte_eth_stats_get(device->port, &s);
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "rx_packets", (json_int_t)s.ipackets,
		"tx_packets", (json_int_t)s.opackets, "rx_missed", (json_int_t)s.imissed,
		"rx_errors", (json_int_t)s.ierrors, "rx_no_buffer", (json_int_t)s.rx_nombuf,
		"tx_errors", (json_int_t)s.oerrors);
}

struct port *
device_per_guest(struct vswitch *sw)
{
	for (uint16_t i = 0; sw->n_device_ports && i < MAX_PORTS; i++)
		if (sw->ports[i].device && sw->ports[i].config.vlan_mode == VLAN_MODE_PER_GUEST)
			return &sw->ports[i];
	return NULL;
}
