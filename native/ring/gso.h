/*
 * Does in software the work that a guest left undone on a frame: completes its checksum, cuts it
 * into TCP segments. For receivers that did not negotiate to do it themselves.
 *
 *     gso_begin(&gso, frame);
 *     while ((piece = gso_next(&gso, room)))      NULL: done, or no room is left
 *             … use piece; when there is no room, deliver the pieces and empty the room …
 *
 * Only headers are written anew. The payload stays in the sender's memory and is copied once, into
 * the receiver's, like any other; for the checksum it is read before that. A guest that changes it
 * in between has sent a frame with a wrong checksum.
 */
#ifndef RING_GSO_H
#define RING_GSO_H

#include "vnet_header.h"

/* Frames made here, until they are delivered. Large: one per lcore, allocated at start. */
struct gso_frames {
	uint16_t n, n_segments;
	struct frame frame[BURST];
	/* Headers longer than a head, and checksums behind it. */
	uint8_t rest[BURST][OFFLOAD_HEADERS_MAX - FRAME_HEAD];
	struct ring_segment segment[BURST_SEGMENTS + 4 * BURST];
};

/* A place in a frame: part 0 is its head, its segments follow. */
struct frame_place {
	uint32_t at;
	uint16_t part;
};

/* One frame being worked on. */
struct gso {
	const struct frame *frame;
	bool done;
	uint16_t network_at;
	uint16_t pieces;          /* made so far */
	uint32_t sent;            /* bytes of the payload in them */
	struct frame_place place; /* where the next piece begins */
	uint8_t headers[OFFLOAD_HEADERS_MAX];
};

/* frame: an unfinished one with checked headers; must exist while its pieces are used. */
void
gso_begin(struct gso *gso, const struct frame *frame);

/* The next frame to send. NULL: all are made (done is set), or `to` has no room left. */
const struct frame *
gso_next(struct gso *gso, struct gso_frames *to);

/*
 * Computes the checksum of a frame that goes to several receivers who did not negotiate to do that,
 * so that it is not computed for each of them. Nothing is done for one that is to be cut.
 */
void
frame_sum(struct frame *frame);

static inline void
gso_clear(struct gso_frames *frames)
{
	frames->n = frames->n_segments = 0;
}

/* Copies a part of a frame that is long enough. */
void
frame_read(const struct frame *frame, uint32_t from, uint8_t *to, uint32_t length);

#endif
