#include <string.h>

#include <rte_arp.h>
#include <rte_ether.h>

#include "announce.h"
#include "fdb.h"
#include "mirror.h"
#include "uplink.h"
#include "vswitch.h"

#include "../ring/ring.h"
#include "../vhost/guest.h"

static void
make_rarp(struct frame *frame, const uint8_t mac[6])
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)frame->head;
	struct rte_arp_hdr *arp = (struct rte_arp_hdr *)(eth + 1);

	*frame = (struct frame){
		.length = RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN,
		.head_length = RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN,
	};
	memset(&eth->dst_addr, 0xff, RTE_ETHER_ADDR_LEN);
	memcpy(&eth->src_addr, mac, RTE_ETHER_ADDR_LEN);
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_RARP);
	arp->arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER);
	arp->arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	arp->arp_hlen = RTE_ETHER_ADDR_LEN;
	arp->arp_plen = sizeof(uint32_t);
	arp->arp_opcode = RTE_BE16(RTE_ARP_OP_REVREQUEST);
	memcpy(&arp->arp_data.arp_sha, mac, RTE_ETHER_ADDR_LEN);
	memcpy(&arp->arp_data.arp_tha, mac, RTE_ETHER_ADDR_LEN);
}

void
announce(struct vswitch *sw, struct port *port, const uint8_t mac[6])
{
	const struct topology *topology = __atomic_load_n(&sw->topology, __ATOMIC_RELAXED);
	const struct port_config *config = &port->config;
	const struct frame *frames[1];
	uint16_t tag = port_tag(port);
	struct frame frame;

	if (config->has_mac && memcmp(mac, config->mac, RTE_ETHER_ADDR_LEN) != 0)
		return;
	make_rarp(&frame, mac);
	frames[0] = &frame;
	(void)fdb_learn(
		sw->fdb, fdb_key(mac, config->vlan, config->vlan), port->id, vswitch_now(sw));
	for (uint16_t i = 0; i < topology->n; i++) {
		const struct member *to = &topology->member[i];

		/* If one is lost, the guest's first frame makes up for it. */
		if (to->id == port->id || to->vlan != config->vlan || !to->guest->n_receive)
			continue;
		(void)ring_put(&to->guest->ring[to->guest->receive[0]].ring, frames, 1);
		if (to->mirror)
			mirror_frame(to->mirror, &frame);
	}
	if (sw->uplink)
		(void)uplink_send(sw->uplink, 0, frames, &tag, 1);
}
