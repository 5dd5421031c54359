#include <string.h>

#include <rte_arp.h>
#include <rte_cycles.h>
#include <rte_ether.h>

#include "announce.h"
#include "capture.h"
#include "classify_parts.h"
#include "fdb.h"
#include "vswitch.h"

#include "../ring/ring.h"
#include "../vhost/guest.h"

/* A second, of a port. QEMU sends five after a migration, with 50 to 450 ms between them. */
#define ANNOUNCEMENTS 100

/* vlan: the one whose tag it has; 0: none. */
static void
make_rarp(struct frame *frame, const uint8_t mac[6], uint16_t vlan)
{
	const uint16_t length = RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN;
	const uint16_t tag[] = {RTE_BE16(RTE_ETHER_TYPE_VLAN), rte_cpu_to_be_16(vlan)};
	uint8_t *at = frame->head;
	struct rte_arp_hdr arp = {
		.arp_hardware = RTE_BE16(RTE_ARP_HRD_ETHER),
		.arp_protocol = RTE_BE16(RTE_ETHER_TYPE_IPV4),
		.arp_hlen = RTE_ETHER_ADDR_LEN,
		.arp_plen = sizeof(uint32_t),
		.arp_opcode = RTE_BE16(RTE_ARP_OP_REVREQUEST),
	};
	const uint16_t type = RTE_BE16(RTE_ETHER_TYPE_RARP);

	*frame = (struct frame){.length = length, .head_length = length};
	memcpy(&arp.arp_data.arp_sha, mac, RTE_ETHER_ADDR_LEN);
	memcpy(&arp.arp_data.arp_tha, mac, RTE_ETHER_ADDR_LEN);
	memset(at, 0xff, RTE_ETHER_ADDR_LEN);
	memcpy(at + RTE_ETHER_ADDR_LEN, mac, RTE_ETHER_ADDR_LEN);
	at += 2 * RTE_ETHER_ADDR_LEN;
	if (vlan) {
		memcpy(at, tag, sizeof(tag));
		at += sizeof(tag);
	}
	memcpy(at, &type, sizeof(type));
	memcpy(at + sizeof(type), &arp, sizeof(arp));
}

static void
refuse(const struct vswitch *sw, struct port *port, const struct frame *frame, enum drop reason)
{
	counter_add(&port->refused.drops[reason], 1);
	if (port->captures)
		capture_drop(sw, port->captures, port->id, frame, PCAPNG_IN, reason);
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
		refuse(sw, port, frame, DROP_FLOOD_LIMIT);
		return false;
	}
	if (index < 0) {
		refuse(sw, port, frame, absence(index));
		return false;
	}
	classify(sw, topology, &topology->member[index], frame, vswitch_now(sw), decision);
	if (decision->to == TO_NONE) {
		refuse(sw, port, frame, decision->drop);
		return false;
	}
	/* A frame is flooded even if its source is not learned; an announcement would be a lie. */
	if (!config->relay[0] &&
		fdb_lookup(sw->fdb, fdb_key(mac, decision->domain, decision->domain)) != port->id) {
		refuse(sw, port, frame, DROP_ADDRESS_LIMIT);
		return false;
	}
	return true;
}

/* If it is lost, the guest's first frame makes up for it. */
static void
send(const struct vswitch *sw, const struct member *to, const struct frame *frame)
{
	const struct frame *frames[] = {frame};

	if (to->dpdk)
		(void)device_send(to->dpdk, 0, frames, 1);
	else if (to->guest->n_receive)
		(void)ring_put(&to->guest->ring[to->guest->receive[0]].ring, frames, 1);
	if (to->captures)
		capture_frames(sw, to->captures, to->id, frames, 1, PCAPNG_OUT, NULL);
}

void
announce(struct vswitch *sw, struct port *port, const uint8_t mac[6])
{
	const struct topology *topology = __atomic_load_n(&sw->topology, __ATOMIC_RELAXED);
	struct decision decision;
	struct frame plain, tagged;

	make_rarp(&plain, mac, 0);
	if (!is_admitted(sw, topology, port, &plain, mac, &decision))
		return;
	make_rarp(&tagged, mac, decision.tag);
	if (decision.to >= 0)
		send(sw, &topology->member[decision.to], decision.retag ? &tagged : &plain);
	for (uint16_t i = 0; decision.to == TO_FLOOD && i < topology->n; i++) {
		const struct member *to = &topology->member[i];
		enum egress egress = egress_of(topology, i, decision.domain);

		if (to->id != port->id && egress != EGRESS_NONE &&
			!(to->isolated && port->config.isolated))
			send(sw, to, retag_for(decision.form, egress) ? &tagged : &plain);
	}
}
