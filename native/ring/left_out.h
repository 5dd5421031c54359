/*
 * Frames whose checksum the sender has left out, and nobody says so.
 *
 * Linux leaves the checksums of TCP and UDP to the interface that a frame leaves by. If that is one
 * end of a veth, nobody completes them: the kernel's mark says so to the other end. DPDK's drivers
 * for interfaces of the kernel (af_packet, af_xdp) hand over the bytes without the mark. But such a
 * frame can be told: where the checksum belongs, it has the sum of the pseudo-header, for whoever
 * completes it to go on from. A whole frame has the same there once in 65,535, and then completing
 * it gives what it had.
 */
#ifndef RING_LEFT_OUT_H
#define RING_LEFT_OUT_H

struct frame;

/* Marks a frame of which the checksum was left out as FRAME_PARTIAL. Needs its head. */
void
frame_find_left_out(struct frame *frame);

#endif
