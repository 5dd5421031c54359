/*
 * Decides where a frame goes. Knows addresses, VLANs and ports; neither rings nor buffers.
 *
 * A frame is in a VLAN, or in none: its port's mode, and the tag if that decides, say in which
 * (egress.h). Addresses are learned by VLAN; in no VLAN, where tags are the guests' own, by these.
 * It goes to the port that has its destination, or to all that its VLAN has; never back, and to
 * nobody outside its VLAN.
 *
 * At a device with a tag per guest, the seed's way, frames carry their VLAN's tag, and those of a
 * port in none the port's own, 1000 + its number. From there a frame that matches nobody reaches no
 * guest, whatever the NIC let through; if the switch is promiscuous, what is for everybody, for an
 * unknown address in a VLAN, or for a port of which no address is known, goes on.
 */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "counters.h"
#include "egress.h"

struct frame;
struct vswitch;

/* Values of struct decision's `to`; 0 and up: place of the member that gets the frame. */
enum {
	TO_NONE = -1,
	TO_FLOOD = -2, /* all others of its VLAN */
};

struct decision {
	int to;
	uint16_t domain;      /* its VLAN; 0: none */
	uint16_t tag;         /* what a tag that it gets says */
	enum form form : 8;   /* as it came */
	enum retag retag : 8; /* for `to`, if that is a member */
	uint16_t drop_at;     /* TO_NONE: id of the port that counts it, */
	enum drop drop;       /* under this reason */
};

/*
 * Whether a frame goes where the one before it went, if that went anywhere: both have all bytes
 * that decide, they are the same, and it is as acceptable. Frames of one conversation come in runs,
 * which so need one look-up.
 */
bool
classify_alike(const struct vswitch *sw, const struct frame *before, const struct frame *frame);

/* Prefetches the address table's lines for a frame of a port. */
void
classify_fetch(const struct vswitch *sw, const struct member *from, const struct frame *frame);

/*
 * Whether somebody may take a frame, without our tag, for another VLAN's: it has a tag. One of VLAN
 * 0 is a priority and no VLAN, if it is whole; but who takes it off looks for another behind it.
 */
bool
frame_strays(const struct frame *frame, enum form form);

/* Whether a frame of this port and form may have such tags. */
static inline bool
may_stray(const struct member *from, enum form form)
{
	return from->open || form == FORM_TAGGED;
}

/*
 * A frame from a port: learns its source, looks its destination up. now: in seconds.
 * The decision is an out parameter: returned, it would be assembled on the stack, and each frame
 * would wait for that.
 */
void
classify(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, uint32_t now, struct decision *decision);

/*
 * A frame from a device with a tag per guest, without that tag unless guests are to see it. tag:
 * the VLAN id that it had, -1: none.
 */
void
classify_tagged(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, int tag, uint32_t now, struct decision *decision);

#endif
