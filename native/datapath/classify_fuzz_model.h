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

#define PORTS 6
#define EVENTS 128

/* Who last used an address, as far as the switch may know. */
struct holder {
	uint64_t key;
	uint16_t port; /* or UPLINK_ID */
	bool fixed;
	uint32_t seen;
};

/* State that the target sets up and changes. */
extern struct vswitch *sw;
extern struct topology topology;
extern struct member ports[PORTS];
extern bool is_up[PORTS];
extern bool promiscuous;
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

uint64_t
key_of(const uint8_t *mac, const struct member *of, int tag);

/* anew: it was looked at, and not taken to go where the one before it went. */
void
check_guest(
	struct decision decision, const struct member *from, const struct frame *frame, bool anew);
void
check_uplink(struct decision decision, const struct frame *frame, int tag, bool anew);

#endif
