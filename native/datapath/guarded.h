/*
 * Guards (guard.h) at work on frames. A guest may rewrite its memory while it is read: what a guard
 * has to read behind a frame's head is copied first, and the receiver gets that copy, too.
 *
 * Threads: each lcore has its own copies. A frame with one can be used until they are cleared.
 */
#ifndef GUARDED_H
#define GUARDED_H

#include "guard.h"

#include "../ring/ring.h"

#define COPIES 32
_Static_assert(COPIES >= BURST, "a burst is captured when all of it was looked at");
/* Segments of a frame that is copied. A TCP frame to be cut has 17 pages and a bit; two more. */
#define COPY_SEGMENTS 20

struct guard_copies {
	uint16_t n;
	struct {
		/* The head, and what follows it; only the latter is delivered from here. */
		uint8_t bytes[GUARD_BYTES];
		struct ring_segment segment[COPY_SEGMENTS];
	} copy[COPIES];
};

static inline void
guard_copies_clear(struct guard_copies *copies)
{
	copies->n = 0;
}

/*
 * The last frame of this burst that passed as IPv4 without options: another one from the same
 * addresses passes, too, unless it is about DHCP. Most frames come in such runs.
 */
struct guard_run {
	uint64_t source_and_type; /* bytes 6 to 13 of the frame; 0: there is none */
	uint32_t address;
};

/* False: that is not known. frame: as long as an Ethernet header at least. */
static inline bool
guard_run_has(const struct guard_run *run, const struct frame *frame)
{
	uint64_t source_and_type;
	uint32_t address;

	memcpy(&source_and_type, frame->head + 6, sizeof(source_and_type));
	memcpy(&address, frame->head + PLAIN_SOURCE, sizeof(address));
	return source_and_type == run->source_and_type && address == run->address &&
	       guard_is_plain(frame->head, frame->head_length);
}

static inline void
guard_run_begin(struct guard_run *run, const struct frame *frame)
{
	if (!guard_is_plain(frame->head, frame->head_length))
		return;
	memcpy(&run->source_and_type, frame->head + 6, sizeof(run->source_and_type));
	memcpy(&run->address, frame->head + PLAIN_SOURCE, sizeof(run->address));
}

/*
 * The first byte that whoever completes a frame's checksum, or cuts it, may write. What a guard
 * reads must end before it: a checksum can be any two bytes that its sender wants, and an address.
 */
static inline uint32_t
frame_unsettled_at(const struct frame *frame)
{
	const struct frame_offload *offload = &frame->offload;

	if (!(offload->flags & FRAME_UNFINISHED))
		return UINT32_MAX;
	/* IP's lengths and numbers, too: no guard asks for these. */
	return offload->flags & FRAME_TSO
		       ? offload->checksum_start
		       : (uint32_t)offload->checksum_start + offload->checksum_offset;
}

/*
 * The beginning of a frame, whose rest is from now on what was copied. packet->at NULL: the frame
 * has too many segments. There must be a place, copies->n < COPIES.
 */
struct packet
guard_copy(struct guard_copies *copies, struct frame *frame);

/* As much of a frame as fits. Returns the number of bytes. */
uint32_t
frame_peek(const struct frame *frame, uint8_t *to, uint32_t size);

#endif
