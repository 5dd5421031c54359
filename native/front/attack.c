#include <string.h>

#include "attack.h"
#include "clock.h"

#define CONNECT_MS 5000

struct named {
	const char *name;
	void (*run)(struct attacker *attacker);
	bool up; /* needs a running device */
};

static const struct named attacks[] = {
	{"garbage", attack_garbage, false},
	{"truncated", attack_truncated, false},
	{"reordered", attack_reordered, false},
	{"storm", attack_storm, false},
	{"half-open", attack_half_open, false},
	{"short-memory", attack_short_memory, false},
	{"outside", attack_outside, true},
	{"loop", attack_loop, true},
	{"endless", attack_endless, true},
	{"lengths", attack_lengths, true},
	{"indirect", attack_indirect, true},
	{"index", attack_index, true},
	{"used", attack_used, true},
	{"race", attack_race, true},
	{"scribble", attack_scribble, true},
	{"stuck", attack_stuck, true},
	{"sources", attack_sources, true},
	{"broadcasts", attack_broadcasts, true},
	{"interrupts", attack_interrupts, true},
	{"kicks", attack_kicks, true},
	{"full-kicks", attack_full_kicks, true},
	{"truncate", attack_truncate, true},
	{"nothing", attack_nothing, true},
	{"segments", attack_segments, true},
	{"fine-segments", attack_fine_segments, true},
	{"tiny-segments", attack_tiny_segments, true},
	{"empty-pairs", attack_empty_pairs, true},
	{"empty-packed", attack_empty_packed, true},
	{"empty-merging", attack_empty_merging, true},
	{"slivers", attack_slivers, true},
	{"crumbs", attack_crumbs, true},
};
#define N_ATTACKS (sizeof(attacks) / sizeof(*attacks))

uint64_t
attacker_random(struct attacker *attacker)
{
	uint64_t x = attacker->random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return attacker->random = x;
}

bool
attacker_goes_on(const struct attacker *attacker)
{
	return now_us() < attacker->end_us;
}

bool
attacker_restart(struct attacker *attacker)
{
	front_disconnect(attacker->front);
	front_reset(attacker->front);
	return front_connect(attacker->front, CONNECT_MS);
}

int64_t
attack(struct front *front, struct front *helper, const char *name, uint32_t ms, uint32_t seed,
	struct attack_watch watch)
{
	struct attacker attacker = {
		.front = front, .helper = helper, .random = 0x9e3779b97f4a7c15ull ^ seed};

	for (size_t i = 0; i < N_ATTACKS; i++) {
		if (strcmp(attacks[i].name, name))
			continue;
		/* A switch that dials may take a second to come back: not attack time. */
		if (attacks[i].up ? !attacker_restart(&attacker)
				  : front->socket < 0 && !front_reach(front, CONNECT_MS))
			return -1;
		watch.begin(watch.context);
		attacker.end_us = now_us() + ms * 1000ull;
		attacks[i].run(&attacker);
		watch.end(watch.context);
		front_disconnect(front);
		front_reset(front);
		return attacker.done;
	}
	return -1;
}
