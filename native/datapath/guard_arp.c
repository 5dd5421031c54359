/* ARP, and the RARP that announces a guest (RFC 826, 903, 5227). */
#include <rte_arp.h>

#include "guard_parts.h"

bool
guard_is_announcement(struct packet *packet)
{
	const struct rte_arp_hdr *arp = (const struct rte_arp_hdr *)(packet->at + packet->l3);

	return has_bytes(packet, packet->l3 + sizeof(*arp)) &&
	       arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REVREQUEST) &&
	       !memcmp(&arp->arp_data.arp_sha, source_mac(packet), RTE_ETHER_ADDR_LEN) &&
	       !memcmp(&arp->arp_data.arp_tha, source_mac(packet), RTE_ETHER_ADDR_LEN) &&
	       arp->arp_data.arp_sip == 0 && arp->arp_data.arp_tip == 0;
}

/*
 * Whether anybody else has an address may be asked by who is about to have it: others that probe at
 * the same time take it for taken (RFC 5227, 2.1.1). Before the first address is learnt from use,
 * that is any.
 */
static bool
may_probe(const struct guards *guard, const struct learned *learned, uint32_t address, uint32_t now)
{
	if (address_list_has_ipv4(&guard->addresses, address))
		return true;
	if (guard->learning == ADDRESS_LEARNING_NONE)
		return false;
	return learned_has(learned, address, now) ||
	       (guard->learning == ADDRESS_LEARNING_ANY && !guard->addresses.n_ipv4 &&
		       learned_is_untouched(learned));
}

enum drop
guard_arp(const struct guards *guard, struct learned *learned, struct packet *packet, uint32_t now)
{
	const struct rte_arp_hdr *arp = (const struct rte_arp_hdr *)(packet->at + packet->l3);
	bool asks;

	if (!has_bytes(packet, packet->l3 + sizeof(*arp)))
		return DROP_UNREADABLE;
	asks = arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REQUEST);
	if (arp->arp_hardware != RTE_BE16(RTE_ARP_HRD_ETHER) ||
		arp->arp_protocol != RTE_BE16(RTE_ETHER_TYPE_IPV4) ||
		arp->arp_hlen != RTE_ETHER_ADDR_LEN || arp->arp_plen != sizeof(uint32_t) ||
		!(asks || arp->arp_opcode == RTE_BE16(RTE_ARP_OP_REPLY)) ||
		memcmp(&arp->arp_data.arp_sha, source_mac(packet), RTE_ETHER_ADDR_LEN) != 0 ||
		memcmp(&arp->arp_data.arp_sha, own_mac(packet), RTE_ETHER_ADDR_LEN) != 0)
		return DROP_SPOOFED_ARP;
	if (arp->arp_data.arp_sip == 0)
		return asks && may_probe(guard, learned, arp->arp_data.arp_tip, now)
			       ? DROP_REASONS
			       : DROP_SPOOFED_ARP;
	return guard_owns_ipv4(guard, learned, arp->arp_data.arp_sip, now) ? DROP_REASONS
									   : DROP_SPOOFED_ARP;
}
