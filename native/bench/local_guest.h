/*
 * A guest in the switch's own process, for vhost-instructions: one pair of rings, in which
 * descriptor i means buffer i, at place i. Sending a frame means writing its addresses.
 */
#ifndef BENCH_LOCAL_GUEST_H
#define BENCH_LOCAL_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "../vhost/guest.h"

/* One direction; the guest's side of it. */
struct local_ring {
	struct ring *ring; /* the switch's */
	uint8_t *memory;
	uint16_t shown, seen; /* free-running: buffers made available, buffers taken back */
};

struct local_guest {
	struct guest *guest;
	struct local_ring send, receive;
	uint16_t length;              /* of its frames */
	uint64_t came, misplaced;     /* frames */
	uint32_t source, destination; /* address numbers of the next frame */
	uint32_t left;                /* frames left with these addresses */
};

/* features: RING_* of both rings. length: of its frames, in bytes. False: no memory. */
bool
local_guest_create(struct local_guest *guest, uint8_t features, uint16_t length);
void
local_guest_destroy(struct local_guest *guest);

/* Writes the addresses of the i-th frame of those that are shown next. */
void
local_guest_prepare(struct local_guest *guest, uint16_t i, uint32_t source, uint32_t destination);

/* Makes n frames available. */
void
local_guest_show(struct local_guest *guest, uint16_t n);

/*
 * Takes back the buffers that the switch has used, and counts the frames that came. of: of so many
 * guests, this one has the addresses whose remainder is own.
 */
void
local_guest_take(struct local_guest *guest, uint32_t own, uint32_t of);

#endif
