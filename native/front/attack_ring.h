/*
 * Shared parts of the attacks on rings: the guest's two rings, frames, and arbitrary buffers.
 */
#ifndef FRONT_ATTACK_RING_H
#define FRONT_ATTACK_RING_H

#include "attack.h"

#define ATTACK_FRAME 100

struct front_ring *
attacker_receive_ring(struct attacker *attacker);
struct front_ring *
attacker_transmit_ring(struct attacker *attacker);

/* A random number below n. */
uint32_t
attacker_pick(struct attacker *attacker, uint32_t n);

/* Makes a frame with a source address of the attacker's. */
void
attacker_make_frame(uint8_t frame[ATTACK_FRAME], uint64_t source, bool broadcast);

/* Waits until the switch has used everything, or reconnects when it does not. */
bool
attacker_settle(struct attacker *attacker);

/* Offers these buffers on the ring by driver_add(), valid or not. */
void
attacker_offer(struct attacker *attacker, struct front_ring *ring,
	const struct driver_buffer *buffers, uint16_t n, bool writable, bool indirect);

/* An address outside guest memory, or just inside. */
uint64_t
attacker_wild_address(struct attacker *attacker);

#endif
