/*
 * What the attacks on rings share: the guest's two rings, frames, and buffers that say anything.
 */
#ifndef FRONT_ATTACK_RING_H
#define FRONT_ATTACK_RING_H

#include "attack.h"

#define ATTACK_FRAME 100

struct front_ring *
attacker_receive_ring(struct attacker *attacker);
struct front_ring *
attacker_transmit_ring(struct attacker *attacker);

/* Less than n. */
uint32_t
attacker_pick(struct attacker *attacker, uint32_t n);

/* Fills a frame of its own with a source address of its own. */
void
attacker_make_frame(uint8_t frame[ATTACK_FRAME], uint64_t source, bool broadcast);

/* Waits until the switch has used everything, or makes a new start when it does not. */
bool
attacker_settle(struct attacker *attacker);

/* Offers what driver_add() makes of these buffers on the ring, whatever they say. */
void
attacker_offer(struct attacker *attacker, struct front_ring *ring,
	const struct driver_buffer *buffers, uint16_t n, bool writable, bool indirect);

/* Where no guest memory is, or just so. */
uint64_t
attacker_wild_address(struct attacker *attacker);

#endif
