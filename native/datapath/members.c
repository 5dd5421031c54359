#include <string.h>

#include <rte_common.h>

#include "egress.h"

bool
port_has_only_mac(const struct port_config *config)
{
	return config->has_mac && !config->other_macs;
}

void
topology_clear(struct topology *topology)
{
	topology->n = topology->n_devices = topology->n_trunks = 0;
	topology->per_guest = -1;
	memset(topology->index, 0xff, sizeof(topology->index));
	memset(topology->captures, 0, sizeof(topology->captures));
	memset(topology->tagged, 0xff, sizeof(topology->tagged));
	memset(topology->first, 0xff, sizeof(topology->first));
	memset(&topology->carried, 0, sizeof(topology->carried));
	memset(topology->polled, 0, sizeof(topology->polled));
}

static void
carry(struct topology *topology, const struct member *member, const struct vlan_set *trunks)
{
	if (member->vlan)
		vlan_set_add(&topology->carried, member->vlan);
	else if (!member->is_device)
		topology->tagged[member->tag] = (int16_t)topology->n;
	if (!member->is_trunk)
		return;
	topology->trunks[topology->n] = *trunks;
	for (size_t i = 0; i < RTE_DIM(trunks->word); i++)
		topology->carried.word[i] |= trunks->word[i];
}

/* As carry() has it, of ports that are not up, too. */
void
port_vlans(const struct port_config *config, uint16_t id, struct vlan_set *vlans)
{
	const struct member member = member_of(config, id);

	*vlans = (struct vlan_set){0};
	if (member.mode == VLAN_MODE_PER_GUEST || member.relayed)
		return;
	if (member.is_trunk)
		*vlans = config->trunks;
	if (config->vlan || !config->device[0])
		vlan_set_add(vlans, member.tag);
}

/* The member that comes next, in a place where a frame of its VLANs finds it. */
static void
list(struct topology *topology, const struct member *member)
{
	uint16_t place = topology->n;

	if (member->is_trunk) {
		topology->trunk[topology->n_trunks++] = place;
		return;
	}
	/* The end of a relay is in no VLAN, not even in none. */
	if (member->vlan >= N_TAGS)
		return;
	topology->next[place] = -1;
	if (topology->first[member->vlan] < 0)
		topology->first[member->vlan] = (int16_t)place;
	else
		topology->next[topology->last[member->vlan]] = (int16_t)place;
	topology->last[member->vlan] = (int16_t)place;
}

void
topology_add(struct topology *topology, const struct member *member, const struct vlan_set *trunks)
{
	topology->index[member->id] = (int16_t)topology->n;
	if (member->dpdk)
		topology->device[topology->n_devices++] =
			(struct polled_device){.place = topology->n, .first = LCORE_NOBODY};
	/* The end of a relay is in no VLAN, not even in none. */
	if (member->mode != VLAN_MODE_PER_GUEST && !member->relayed)
		carry(topology, member, trunks);
	else if (!member->relayed && topology->per_guest < 0)
		topology->per_guest = (int16_t)topology->n;
	list(topology, member);
	topology->member[topology->n++] = *member;
}

enum egress
egress_of_trunk(const struct topology *topology, uint16_t place, uint16_t domain)
{
	const struct member *to = &topology->member[place];

	/* A tag that is a guest's own is no VLAN's there. */
	if (to->mode == VLAN_MODE_PER_GUEST)
		return domain && topology->tagged[domain] >= 0 ? EGRESS_NONE : EGRESS_TAGGED;
	if (to->vlan == domain && to->mode != VLAN_MODE_TRUNK)
		return to->mode == VLAN_MODE_NATIVE_TAGGED ? EGRESS_TAGGED : EGRESS_PLAIN;
	return vlan_set_has(&topology->trunks[place], domain) ? EGRESS_TAGGED : EGRESS_NONE;
}

struct member
member_of(const struct port_config *config, uint16_t id)
{
	enum vlan_mode mode = config->vlan_mode;
	bool relayed = config->relay[0] != '\0';
	struct member member = {
		.flood_limit = config->flood_limit,
		.id = id,
		.vlan = relayed ? NO_DOMAIN : config->vlan,
		.tag = config->vlan ? config->vlan : GUEST_TAG_BASE + id,
		.mode = mode,
		.open = mode == VLAN_MODE_TRANSPARENT ||
			(mode == VLAN_MODE_ACCESS && !config->vlan),
		.is_trunk = mode != VLAN_MODE_TRANSPARENT && mode != VLAN_MODE_ACCESS,
		.isolated = config->isolated,
		.limited = config->inbound || config->inbound_peak || config->outbound ||
			   config->outbound_peak,
		.guarded = config->guards.checks != 0,
		.watched = guard_has_incoming(&config->guards),
		.has_mac = config->has_mac,
		.only_mac = port_has_only_mac(config),
		.relayed = relayed,
		.far = id,
	};

	member.choosy = member.limited || member.watched;
	memcpy(member.mac, config->mac, sizeof(member.mac));
	return member;
}
