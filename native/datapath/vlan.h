/*
 * Sets of VLANs: those that a trunk carries.
 */
#ifndef VLAN_H
#define VLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "../base/contract.h"

/* 12 bits of a tag. */
#define N_TAGS 4096

struct vlan_set {
	uint64_t word[N_TAGS / 64];
};

static inline bool
vlan_set_has(const struct vlan_set *set, uint16_t vlan)
{
	return set->word[vlan / 64] >> vlan % 64 & 1;
}

static inline void
vlan_set_add(struct vlan_set *set, uint16_t vlan)
{
	set->word[vlan / 64] |= 1ULL << vlan % 64;
}

/* Every VLAN, 1 to 4,094. */
void
vlan_set_fill(struct vlan_set *set);
bool
vlan_set_is_full(const struct vlan_set *set);

/* "10,20-29" in any order. False: it is none, or has a VLAN that there is not. */
bool
vlan_set_parse(struct vlan_set *set, const char *text);
/* In order, runs of three and more as ranges: never longer than a text that it was parsed from. */
void
vlan_set_print(const struct vlan_set *set, char text[VLAN_LIST_MAX + 1]);

#endif
