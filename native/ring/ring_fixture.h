/*
 * Test fixture: shared parts of the rings' tests. They run against a driver in the same process
 * (driver.h), over split and packed, direct and indirect.
 */
#ifndef RING_FIXTURE_H
#define RING_FIXTURE_H

#include <linux/virtio_net.h>

#include <rte_common.h>

#include "driver.h"
#include "peek.h"

#define HEADER 12
#define DATA (DRIVER_BASE + 512 * 1024)
/* The last byte of the first region. */
#define SEAM (DRIVER_BASE + DRIVER_REGION)

struct kind {
	const char *name;
	uint8_t features;
	bool indirect;
};

#define KINDS 4
extern const struct kind kinds[KINDS];

/* The header before the frames of send_frame(). */
extern struct virtio_net_hdr_mrg_rxbuf sent_header;

void
fill(uint8_t *bytes, uint32_t n, uint32_t seed);
/* Copies all of a frame; returns its length. */
uint32_t
frame_bytes(const struct frame *frame, uint8_t *to);

/* Sends `length` bytes as header + data in pieces of `piece` from `at`; one chain. */
uint16_t
send_frame(struct driver *driver, bool indirect, uint64_t at, const uint8_t *bytes, uint32_t length,
	uint32_t piece);

/* A frame with all bytes behind its head in one segment, which the caller owns. */
struct frame
make_frame(const uint8_t *bytes, uint32_t length, struct ring_segment *segment);
struct ring_put_result
put_one(struct ring *ring, const uint8_t *bytes, uint32_t length);

#endif
