/*
 * Fuzz fixture: the rules of classify.h, told once more in a simple way. A list of who used an
 * address last, and each decision held against it.
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

/* Who used an address last, as far as the switch may believe it. */
struct holder {
	uint64_t key;
	uint16_t port; /* or UPLINK_ID */
	bool fixed;
};

/* What the target sets up and changes. */
extern struct vswitch *sw;
extern struct topology topology;
extern struct member ports[PORTS];
extern bool is_up[PORTS];
extern bool promiscuous;
extern struct fdb_stats before; /* when the frame that is decided on was sent */

void
holders_clear(void);
/* The table has been aged: what it lost was not fixed. */
void
holders_aged(void);
struct holder *
holder_of(uint64_t key);
struct holder *
make_holder(uint64_t key, uint16_t port);
void
forget_port(uint16_t port);

uint64_t
key_of(const uint8_t *mac, const struct member *of, int tag);

void
check_guest(struct decision decision, const struct member *from, const struct frame *frame);
void
check_uplink(struct decision decision, const struct frame *frame, int tag);

#endif
