/*
 * In which form a frame leaves by a port.
 *
 * A frame is in one VLAN, its domain (0: in none). By a trunk it came with that VLAN's tag, by the
 * others without it, and so it leaves by them: the tag is taken off, put on, or stays, and with it
 * the priority.
 *
 *     mode               frames without a tag      frames with the tag of VLAN v
 *     access, VLAN n     are in n                  do not pass
 *     access, no VLAN    keep whatever tag they have, among ports in no VLAN
 *     transparent        are in n, whatever tags they have, and keep them
 *     trunk              do not pass               are in v, if the trunk carries it
 *     native-untagged    are in n                  are in v; n leaves without a tag
 *     native-tagged      are in n                  are in v; n leaves with its tag
 *     per-guest          do not pass               are in v; of 1000 + i: they are port i's
 *
 * Frames of a transparent port, and frames behind a trunk's tag, may have further tags. Where they
 * would leave without one of ours, somebody could take such a tag for a VLAN: there they do not
 * pass, but to a transparent port (classify.h, frame_strays()).
 */
#ifndef EGRESS_H
#define EGRESS_H

#include "port.h"

/* How a port shows frames of a domain. */
enum egress {
	EGRESS_NONE,   /* not at all */
	EGRESS_PLAIN,  /* without our tag, and without any other */
	EGRESS_OPEN,   /* without our tag */
	EGRESS_TAGGED, /* with our tag */
};

/* What a frame had when it came. */
enum form {
	FORM_PLAIN,    /* no tag of ours */
	FORM_PRIORITY, /* a tag of VLAN 0, in whose place ours goes */
	FORM_TAGGED,   /* our tag */
	FORM_KEPT,     /* the tag of a device with a tag per guest, which guests are to see */
};

/* The domain of a relay's ends: no frame's, so nobody else reaches them. */
#define NO_DOMAIN UINT16_MAX

enum retag {
	RETAG_NO,
	RETAG_PUSH,
	RETAG_POP,
	RETAG_RENUMBER,
};

enum egress
egress_of_trunk(const struct topology *topology, uint16_t place, uint16_t domain);

static inline enum egress
egress_of(const struct topology *topology, uint16_t place, uint16_t domain)
{
	const struct member *to = &topology->member[place];

	if (__builtin_expect(to->is_trunk, 0))
		return egress_of_trunk(topology, place, domain);
	if (to->vlan != domain)
		return EGRESS_NONE;
	return to->open ? EGRESS_OPEN : EGRESS_PLAIN;
}

static inline enum retag
retag_for(enum form form, enum egress egress)
{
	static const uint8_t with_tag[] = {
		[FORM_PLAIN] = RETAG_PUSH, [FORM_PRIORITY] = RETAG_RENUMBER};

	if (egress == EGRESS_TAGGED)
		return form < FORM_TAGGED ? (enum retag)with_tag[form] : RETAG_NO;
	return form == FORM_TAGGED ? RETAG_POP : RETAG_NO;
}

#endif
