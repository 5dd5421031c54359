#include <string.h>

#include <rte_arp.h>
#include <rte_cycles.h>
#include <rte_ether.h>

#include "announce.h"
#include "classify.h"
#include "fdb.h"
#include "mirror.h"
#include "uplink.h"
#include "vswitch.h"

#include "../ring/ring.h"
#include "../vhost/guest.h"

/* A second, of a port. QEMU sends five after a migration, with 50 to 450 ms between them. */
#define ANNOUNCEMENTS 100

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

static void
refuse(struct port *port, enum drop reason)
{
	counter_add(&port->refused.drops[reason], 1);
}

/* Whether it may be announced, as a frame of the guest's would be; counts it if not. */
static bool
is_admitted(struct vswitch *sw, const struct topology *topology, struct port *port,
	const struct frame *frame, const uint8_t mac[6], struct decision *decision)
{
	const struct port_config *config = &port->config;
	uint64_t tsc = rte_get_tsc_hz();
	int index = topology->index[port->id];

	if (!flood_allowed(&port->announcements, ANNOUNCEMENTS, tsc) ||
		!flood_allowed(&port->flood, config->flood_limit, tsc)) {
		refuse(port, DROP_FLOOD_LIMIT);
		return false;
	}
	if (index < 0) {
		refuse(port, DROP_NOT_READY);
		return false;
	}
	classify_guest(sw, topology, &topology->member[index], frame, vswitch_now(sw), decision);
	if (decision->to == TO_NONE) {
		refuse(port, decision->drop);
		return false;
	}
	/* A frame is flooded even if its source is not learned; an announcement would be a lie. */
	if (fdb_lookup(sw->fdb, fdb_key(mac, config->vlan, config->vlan)) != port->id) {
		refuse(port, DROP_ADDRESS_LIMIT);
		return false;
	}
	return true;
}

void
announce(struct vswitch *sw, struct port *port, const uint8_t mac[6])
{
	const struct topology *topology = __atomic_load_n(&sw->topology, __ATOMIC_RELAXED);
	const struct frame *frames[1];
	uint16_t tag = port_tag(port);
	struct decision decision;
	struct frame frame;

	make_rarp(&frame, mac);
	frames[0] = &frame;
	if (!is_admitted(sw, topology, port, &frame, mac, &decision))
		return;
	for (uint16_t i = 0; decision.to == TO_FLOOD && i < topology->n; i++) {
		const struct member *to = &topology->member[i];

		/* If one is lost, the guest's first frame makes up for it. */
		if (to->id == port->id || to->vlan != port->config.vlan || !to->guest->n_receive)
			continue;
		(void)ring_put(&to->guest->ring[to->guest->receive[0]].ring, frames, 1);
		if (to->mirror)
			mirror_frame(to->mirror, &frame);
	}
	if (sw->uplink)
		(void)uplink_send(sw->uplink, 0, frames, &tag, 1);
}
