/*
 * What a virtio-net header (virtio 1.2, 5.1.6) says of its frame: taken from a guest that may lie,
 * given to one that agreed to it.
 *
 * The header is copied before it is looked at. What it says is checked against the frame, so that
 * nothing behind this needs to be: offsets lie in the frame, and a frame that is to be cut is TCP
 * over IP with whole headers. What lies is marked FRAME_BAD_OFFLOAD, and no more is known of it.
 */
#ifndef OFFLOAD_H
#define OFFLOAD_H

#include "ring.h"

/* Bytes of a virtio-net header, at most. */
#define OFFLOAD_HEADER_MAX 12
/* Ethernet, two tags, IPv4 and TCP with all their options make 142; IPv6 has no end of its own. */
#define OFFLOAD_HEADERS_MAX 192
/* Frames that one may be cut into; 64 KiB for a peer that takes 36 bytes at a time. */
#define OFFLOAD_PIECES_MAX 2048

/* Fills the frame's offload; its head is there. features: of the ring that it comes from. */
void
offload_take(struct frame *frame, const uint8_t header[OFFLOAD_HEADER_MAX], uint8_t features);

/* The other way: the header's first 10 bytes for this frame. */
void
offload_give(const struct frame *frame, uint8_t header[10]);

/* Where the network header begins, behind up to two tags; its head decides. */
uint16_t
offload_network_at(const struct frame *frame);

#endif
