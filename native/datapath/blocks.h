/*
 * A queue of pcapng blocks, from any lcores to one thread, in memory of a fixed size.
 *
 * A writer reserves room by one exchange, fills it and publishes it; where there is no room it is
 * told so, and never waits. The reader sends published blocks from where they are, as far as they
 * are in one piece, and gives their room back, emptied: a block whose first word is 0 is not
 * published yet, and what is behind it waits.
 */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOCKS_BYTES (4u << 20)

struct blocks {
	uint8_t *memory;
	/* Bytes since the beginning, the next one's place modulo BLOCKS_BYTES. */
	/* shared: written and read by all writers */
	uint64_t reserved;
	/* shared: written by the reader, read by all writers */
	uint64_t freed;
	/* The reader's: */
	uint64_t found; /* up to here blocks are known */
	uint64_t sent;  /* of these, up to here */
};

/* False: no memory. */
bool
blocks_open(struct blocks *blocks);
void
blocks_close(struct blocks *blocks);

/* Room for a block of n bytes, a multiple of 4; NULL: there is none. */
uint32_t *
blocks_reserve(struct blocks *blocks, uint32_t n);
/* The block's type, its first word, is written now, all else was. */
void
blocks_publish(uint32_t *block, uint32_t type);

/* Reader: the next published block; NULL: none, or what was found before is to be sent first. */
const uint32_t *
blocks_next(struct blocks *blocks);
/* Reader: takes that block, which so may be sent. */
void
blocks_take(struct blocks *blocks, const uint32_t *block);
/* Reader: what was taken and not sent; its length. */
const uint8_t *
blocks_unsent(const struct blocks *blocks, size_t *length);
/* Reader: n bytes of that were sent. */
void
blocks_sent(struct blocks *blocks, size_t n);

#endif
