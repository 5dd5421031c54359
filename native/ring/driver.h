/*
 * Tests only: a virtio driver that lays out rings and buffers in guest memory like a guest. It
 * lets a test do what no real driver would; in the same process as the ring code (driver_init())
 * or, over vhost-user, in one of its own (../front).
 */
#ifndef RING_DRIVER_H
#define RING_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "ring.h"

#define DRIVER_RING 256
#define DRIVER_REGION (1u << 20)
/* The second region follows the first in guest addresses, but not in the host's. */
#define DRIVER_BASE 0x40000000ull
/* Layout of the first region; the second is for buffers only. */
#define DRIVER_DESC_AT 0
#define DRIVER_AVAIL_AT 16384
#define DRIVER_USED_AT 32768
#define DRIVER_INDIRECT_AT 65536
#define DRIVER_BUFFERS_AT (256 * 1024)

struct driver_buffer {
	uint64_t guest;
	uint32_t length;
};

struct driver {
	uint8_t *region[2];
	struct memory memory;
	struct ring ring;
	uint8_t features;
	uint16_t size;
	/* Split: free-running indexes. Packed: positions. */
	uint16_t avail_at, used_at;
	bool avail_wrap, used_wrap;
	uint16_t kicked_at; /* split: avail_at at the last driver_wants_kick() */
	/* Chains in flight by id; packed needs their length. */
	uint16_t count[DRIVER_RING];
	uint16_t next_id;
	uint32_t indirect_at; /* bump allocator for indirect tables */
	uint64_t base;        /* guest address of the first region */
};

/* A driver with an empty ring of `size`; features: RING_* bits. */
void
driver_init(struct driver *driver, uint8_t features, uint16_t size);
/* The same in the caller's zeroed memory: two times DRIVER_REGION bytes, from `base` on. */
void
driver_init_in(struct driver *driver, uint8_t features, uint16_t size, uint8_t *const region[2],
	uint64_t base);
void
driver_free(struct driver *driver);

/* Host address for a guest address; the range must not cross regions. */
uint8_t *
driver_at(struct driver *driver, uint64_t guest);
void
driver_write(struct driver *driver, uint64_t guest, const void *from, uint32_t length);
void
driver_read(struct driver *driver, uint64_t guest, void *to, uint32_t length);

/* Makes a chain of n buffers available; returns its id. */
uint16_t
driver_add(struct driver *driver, const struct driver_buffer *buffers, uint16_t n, bool writable,
	bool indirect);

/* Whether the device is to be kicked for what was made available since the last call. */
bool
driver_wants_kick(struct driver *driver);

/* Takes a used buffer; false: none. */
bool
driver_used(struct driver *driver, uint16_t *id, uint32_t *length);

/* Sets what the device's interrupt condition reads. */
void
driver_want_interrupts(struct driver *driver, bool want);
/* Event index: interrupt when `after` more buffers are used. */
void
driver_want_event(struct driver *driver, uint16_t after);

#endif
