/*
 * Does in software what a guest left to be done on a frame: completes its checksum, cuts it into
 * TCP segments. For receivers that have not agreed to do it themselves.
 *
 *     gso_begin(&gso, frame);
 *     while ((piece = gso_next(&gso, room)))      NULL: done, or no room is left
 *             … use piece; when there is no room, deliver what was made and empty the room …
 *
 * Only headers are written anew. The payload stays where it is, in the sender's memory, and is
 * copied once, into the receiver's, as ever; for the checksum it is read before that. Should the
 * guest change it in between, then it has sent a frame with a wrong checksum.
 */
#ifndef RING_GSO_H
#define RING_GSO_H

#include "vnet_header.h"

/* Frames that were made, until they are delivered. Large: one per lcore, made at start. */
struct gso_frames {
	uint16_t n, n_segments;
	struct frame frame[BURST];
	/* Headers that are longer than a head, and checksums behind it. */
	uint8_t rest[BURST][OFFLOAD_HEADERS_MAX - FRAME_HEAD];
	struct ring_segment segment[BURST_SEGMENTS + 4 * BURST];
};

/* A place in a frame: part 0 is its head, its segments follow. */
struct frame_place {
	uint32_t at;
	uint16_t part;
};

/* One frame that is being worked on. */
struct gso {
	const struct frame *frame;
	bool done;
	uint16_t network_at;
	uint16_t pieces;          /* made so far */
	uint32_t sent;            /* bytes of the payload that are in them */
	struct frame_place place; /* where it goes on */
	uint8_t headers[OFFLOAD_HEADERS_MAX];
};

/* frame: an unfinished one that does not lie; it must stay while its pieces are used. */
void
gso_begin(struct gso *gso, const struct frame *frame);

/* The next frame to be sent. NULL: all were made (done is set then), or `to` has no room left. */
const struct frame *
gso_next(struct gso *gso, struct gso_frames *to);

static inline void
gso_clear(struct gso_frames *frames)
{
	frames->n = frames->n_segments = 0;
}

/* Copies a part of a frame, which has it. */
void
frame_read(const struct frame *frame, uint32_t from, uint8_t *to, uint32_t length);

#endif
