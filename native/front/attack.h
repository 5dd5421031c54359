/*
 * Attacks of a hostile guest on its switch, by name. Each attack runs for some milliseconds on a
 * guest of its own and leaves it in any state; make a new guest afterwards.
 */
#ifndef FRONT_ATTACK_H
#define FRONT_ATTACK_H

#include "front.h"

/* Called when an attack begins, its guest being up, and when it has ended, before the guest goes.
 */
struct attack_watch {
	void (*begin)(void *context);
	void (*end)(void *context);
	void *context;
};

/* Returns the number of rounds; -1: no such attack, or the switch is unreachable. */
int64_t
attack(struct front *front, struct front *helper, const char *name, uint32_t ms, uint32_t seed,
	struct attack_watch watch);

/* State of an attack; each counts in done and runs while attacker_goes_on(). */
struct attacker {
	struct front *front;
	struct front
		*helper; /* another guest, up, that sends what the first receives; NULL: none */
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
void
attack_kicks(struct attacker *attacker);
void
attack_full_kicks(struct attacker *attacker);

/* With what is allowed, or nearly so, and takes the switch the most work (attack_work.c). */
void
attack_nothing(struct attacker *attacker);
void
attack_segments(struct attacker *attacker);
void
attack_fine_segments(struct attacker *attacker);
void
attack_tiny_segments(struct attacker *attacker);
void
attack_empty_pairs(struct attacker *attacker);
void
attack_empty_packed(struct attacker *attacker);
void
attack_empty_merging(struct attacker *attacker);
void
attack_slivers(struct attacker *attacker);
void
attack_crumbs(struct attacker *attacker);

#endif
