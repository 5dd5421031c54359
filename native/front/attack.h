/*
 * Attacks of a hostile guest on its switch, by name. Each attack runs for some milliseconds on a
 * guest of its own and leaves it in any state; make a new guest afterwards.
 */
#ifndef FRONT_ATTACK_H
#define FRONT_ATTACK_H

#include "front.h"

/* Returns the number of rounds; -1: no such attack, or the switch is unreachable. */
int64_t
attack(struct front *front, const char *name, uint32_t ms, uint32_t seed);

/* State of an attack; each counts in done and runs while attacker_goes_on(). */
struct attacker {
	struct front *front;
	uint64_t end_us;
	uint64_t random; /* xorshift's state */
	int64_t done;
};

uint64_t
attacker_random(struct attacker *attacker);
bool
attacker_goes_on(const struct attacker *attacker);
/* Makes a new connection with empty rings. */
bool
attacker_restart(struct attacker *attacker);

/* On the socket (attack_socket.c). */
void
attack_garbage(struct attacker *attacker);
void
attack_truncated(struct attacker *attacker);
void
attack_reordered(struct attacker *attacker);
void
attack_storm(struct attacker *attacker);
void
attack_half_open(struct attacker *attacker);
void
attack_short_memory(struct attacker *attacker);

/* On the rings, of a guest that is up: with descriptors (attack_chain.c). */
void
attack_outside(struct attacker *attacker);
void
attack_lengths(struct attacker *attacker);
void
attack_indirect(struct attacker *attacker);
void
attack_loop(struct attacker *attacker);
void
attack_endless(struct attacker *attacker);

/* With memory (attack_memory.c). */
void
attack_index(struct attacker *attacker);
void
attack_used(struct attacker *attacker);
void
attack_race(struct attacker *attacker);
void
attack_scribble(struct attacker *attacker);
void
attack_truncate(struct attacker *attacker);

/* With good frames (attack_flood.c). */
void
attack_stuck(struct attacker *attacker);
void
attack_sources(struct attacker *attacker);
void
attack_broadcasts(struct attacker *attacker);
void
attack_interrupts(struct attacker *attacker);

#endif
