/*
 * Decides where a frame goes. Knows addresses, VLANs and ports; neither rings nor buffers.
 *
 * Between guests: a frame belongs to its port's VLAN; a port without one lets the guest's own tags
 * decide, and only ports without one hear it. Towards the uplink a frame carries its port's tag
 * (1000 + port number, or the port's VLAN), and from there the tag and the destination say whose
 * it is. Frames of a port in a VLAN have no other tag, in neither direction (README.md, "Tags"):
 * nobody behind the switch can take one for another VLAN's. A frame that matches nobody reaches no
 * guest, whatever the NIC let through.
 */
#ifndef CLASSIFY_H
#define CLASSIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "counters.h"

struct frame;
struct member;
struct topology;
struct vswitch;

/* Values of struct decision's `to`; 0 and up: index of the member that gets the frame. */
enum {
	TO_NONE = -1,
	TO_FLOOD = -2, /* all others of the VLAN, and the uplink */
	TO_UPLINK = -3,
};

struct decision {
	int to;
	uint16_t tag;     /* TO_UPLINK, TO_FLOOD: its tag there */
	uint16_t drop_at; /* TO_NONE: id of the port that counts it, */
	enum drop drop;   /* under this reason */
};

/* Length of the bytes that a decision depends on. */
#define DECISIVE_BYTES 22

/*
 * Whether a frame goes where the one before it went, if that went anywhere: both have all bytes
 * that decide, they are the same, and it is as acceptable. Frames of one conversation come in runs,
 * which so need one look-up.
 */
bool
classify_alike(const struct vswitch *sw, const struct frame *before, const struct frame *frame);

/* Prefetches the address table's lines for a frame of a port in this VLAN (0: none). */
void
classify_fetch(const struct vswitch *sw, uint16_t port_vlan, const struct frame *frame);

/*
 * A frame from a guest: learns its source, looks its destination up. now: in seconds.
 * The decision is an out parameter: returned, it would be assembled on the stack, and each frame
 * would wait for that.
 */
void
classify_guest(struct vswitch *sw, const struct topology *topology, const struct member *from,
	const struct frame *frame, uint32_t now, struct decision *decision);

/*
 * A frame from the uplink, without its tag. tag: the VLAN id it had, -1: none.
 * TO_FLOOD: the members with that tag.
 */
void
classify_uplink(struct vswitch *sw, const struct topology *topology, const struct frame *frame,
	int tag, uint32_t now, struct decision *decision);

#endif
