/*
 * Fuzz fixture: a simple model of the rules of classify.h. Keeps a list of who used an address
 * last, and checks each decision against it.
 */
#ifndef CLASSIFY_FUZZ_MODEL_H
#define CLASSIFY_FUZZ_MODEL_H

#include "classify.h"
#include "fdb.h"
#include "vswitch.h"

#include "../fuzz/input.h"
#include "../ring/ring.h"

#define PORTS 7
#define DEVICE (PORTS - 1)
#define EVENTS 128

/* Who last used an address, as far as the switch may know. */
struct holder {
	uint64_t key;
	uint16_t port;
	bool fixed;
	uint32_t seen;
};

/* State that the target sets up and changes. */
extern struct vswitch *sw;
extern struct topology topology;
extern struct member ports[PORTS]; /* DEVICE is one, with a tag per guest or without */
extern struct vlan_set trunks[PORTS];
extern bool is_up[PORTS];
extern uint32_t now;
extern struct fdb_stats before; /* when the present frame was sent */

void
holders_clear(void);
/* The table was aged: no fixed address may be gone. */
void
holders_aged(void);
/*
 * Before a frame is looked at: addresses that gave way to others since have no holder any more.
 * Later one of them may have been learned anew, from that very frame. No fixed one may be gone.
 */
void
holders_evicted(void);
struct holder *
holder_of(uint64_t key);
struct holder *
make_holder(uint64_t key, uint16_t port);
void
forget_port(uint16_t port);

/* Key of a port's own address. */
uint64_t
own_key(const struct member *port);

/*
 * tag: of a frame from a device with a tag per guest, -1: none. anew: it was looked at, and not
 * taken to go where the one before it went.
 */
void
check(struct decision decision, const struct member *from, const struct frame *frame, int tag,
	bool anew);

#endif
