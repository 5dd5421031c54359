/*
 * Test fixture: a switch with four ports and a device, frames from these, and their
 * decisions.
 */
#ifndef CLASSIFY_FIXTURE_H
#define CLASSIFY_FIXTURE_H

#include "classify.h"
#include "fdb.h"
#include "vswitch.h"

#include "../ring/ring.h"

extern struct vswitch *sw;
extern struct topology topology;
extern struct frame frame;   /* the one that is sent */
extern uint32_t now;         /* second at which it is */
extern unsigned int told[3]; /* what the control thread was told, by kind (news.h) */

enum { A, B, C, D, U };

/*
 * A and B in no VLAN, C and D in VLAN 50; guests 0x0a, 0x0b, 0x0c, 0x0d. Addresses are held for 3
 * seconds; a port may take 2 in one.
 */
int
set_up(void **state);
int
tear_down(void **state);

/* A device U, in a VLAN or not; settings of any port. Trunks carry these two VLANs. */
void
add_device(enum vlan_mode mode, uint16_t vlan);
void
set_mode(uint16_t port, enum vlan_mode mode, uint16_t vlan);
/* Makes a port an end of a relay, whose other end is the port `far`; itself: there is none. */
void
relay_to(uint16_t port, uint16_t far);
#define TRUNK_1 50
#define TRUNK_2 60

/* A frame of 60 bytes; tag: -1 for none. */
void
make(uint8_t to, uint8_t from, int tag);

/* The place that a plain frame goes to (classify_plain.h); -1: the present one is not plain. */
int
plainly(const struct member *from);
/*
 * Decide on the present frame: from a port, where it must be the same as plainly(); from U, which
 * has a tag per guest, without that.
 */
struct decision
inside(const struct member *from);
struct decision
coming(int tag);

/* Make a frame and decide on it. */
struct decision
guest(uint16_t from, uint8_t to, uint8_t source, int tag);
struct decision
outside(uint8_t to, uint8_t source, int tag);

/* Fixes a port's address. */
void
pin(uint16_t port, uint8_t mac);

void
dropped(struct decision decision, uint16_t at, enum drop reason);

#endif
