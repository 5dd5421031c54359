/*
 * Test fixture: TCP frames as a guest sends them, with the work it leaves undone, and a checksum
 * function independent of the tested one.
 */
#ifndef GSO_FIXTURE_H
#define GSO_FIXTURE_H

#include <linux/virtio_net.h>

#include "gso.h"

#define ALL (RING_CSUM | RING_TSO4 | RING_TSO6)
#define FIN 0x01
#define PSH 0x08
#define ACK 0x10
#define CWR 0x80

/* A TCP frame as a guest sends it, and the offsets of its parts. */
struct sample {
	const char *name;
	bool ipv6;
	uint8_t tags;
	uint8_t ip_options;  /* bytes; IPv6: of extension headers */
	uint8_t tcp_options; /* bytes */
	uint32_t payload;
	uint16_t segment_size;
};

struct built {
	uint8_t bytes[80000];
	uint32_t length;
	uint16_t network, tcp, data;
	struct virtio_net_hdr header;
	struct ring_segment segment[BURST_SEGMENTS];
	struct frame frame;
};

/* The frame under test. */
extern struct built built;

uint16_t
word(const uint8_t *at);
uint32_t
number(const uint8_t *at);
/* Byte by byte, unlike the tested one. */
uint16_t
sum16(uint32_t start, const uint8_t *bytes, uint32_t n);
uint16_t
pseudo_sum(const uint8_t *network, bool ipv6, uint8_t protocol, uint32_t length);

/* Cuts the bytes into a head and segments of `piece` bytes. */
void
lay_out(struct built *b, uint32_t piece);

/* Lays it out in pieces of 700 bytes, too. */
void
build(struct built *b, const struct sample *sample);

/* Reads the header as from a guest with these features; returns the frame's offload flags. */
uint8_t
flags_of(struct built *b, uint8_t features);
/* Copies all of a frame; returns its length. */
uint32_t
bytes_of(const struct frame *frame, uint8_t *to);

#endif
