/*
 * From a burst to staged frames: finds runs, has its port pay, decides, stages.
 */
#include <rte_ether.h>

#include "classify.h"
#include "lcore.h"

/* Of a burst with frames that are too long, or whose offloads say how long they are. */
static __attribute__((cold, noinline)) uint32_t
alike_of_unusual(const struct lcore *lcore, const struct burst *burst)
{
	uint32_t alike = 0;

	for (uint16_t i = 1; i < burst->n; i++)
		if (classify_alike(lcore->sw, &burst->frame[i - 1], &burst->frame[i]))
			alike |= 1u << i;
	return alike;
}

/* All that a relay's end sends goes one way, unless it is too short or too long. */
static uint32_t
alike_of_relayed(const struct lcore *lcore, const struct burst *burst, uint32_t all)
{
	uint32_t unfit = 0;

	if (unlikely(burst->flags))
		return alike_of_unusual(lcore, burst);
	/* Those of one conversation, which are long enough. */
	if ((burst->alike | 1) == all && burst->longest <= lcore->sw->max_frame)
		return burst->alike;
	for (uint16_t i = 0; i < burst->n; i++) {
		uint32_t length = burst->frame[i].length;

		unfit |= (uint32_t)(length < sizeof(struct rte_ether_hdr) ||
				    length > lcore->sw->max_frame)
			 << i;
	}
	return ~(unfit | unfit << 1 | 1);
}

/* Marks runs of frames. Prefetches what the look-ups of their first ones will read. */
void
burst_find_runs(const struct lcore *lcore, struct taken *taken, const struct burst *burst)
{
	uint32_t firsts, all = (uint32_t)((1ULL << burst->n) - 1);
	struct plain plain = {0};

	if (taken->from->relayed) {
		taken->alike = alike_of_relayed(lcore, burst, all);
		return;
	}
	if (likely(!(burst->flags | (burst->longest > lcore->sw->max_frame)))) {
		taken->alike = burst->alike;
		taken->plain =
			plain_begin(&plain, lcore->sw, lcore->topology, taken->from, lcore->now);
	} else {
		taken->alike = alike_of_unusual(lcore, burst);
	}
	for (firsts = ~taken->alike & all; firsts; firsts &= firsts - 1) {
		uint32_t i = __builtin_ctz(firsts);

		if (likely(taken->plain))
			plain_fetch(&plain, &burst->frame[i], &taken->look[i]);
		else
			classify_fetch(lcore->sw, taken->from, &burst->frame[i]);
	}
}

/* One copy for one guest, without a change. */
static inline bool
is_usual(const struct decision *decision)
{
	return decision->to >= 0 && decision->retag == RETAG_NO;
}

/* All but that, or a frame that is unfinished. Returns what it costs beside that. */
static __attribute__((noinline)) uint64_t
stage_unusual(struct lcore *lcore, const struct member *from, struct frame *frame,
	const struct decision *decision)
{
	if (decision->to >= 0) {
		stage_decided(lcore, frame, decision);
		return price_to(lcore, &lcore->topology->member[decision->to], frame);
	}
	if (decision->to == TO_FLOOD)
		return flood(lcore, from, frame, decision);
	lcore_drop(lcore, decision->drop_at, frame, decision->drop);
	return 0;
}

/* Leaves all but the first n frames of a burst in their ring, unpaid. */
static __attribute__((cold, noinline)) void
keep(struct lcore *lcore, struct taken *taken, struct burst *burst, uint16_t n)
{
	struct balance *balance = &lcore->balance[taken->from->id];

	for (uint16_t i = n; i < burst->n; i++) {
		burst->bytes -= burst->frame[i].length;
		balance->sending -= RTE_MIN(balance->sending, price_of_copy(&burst->frame[i]));
	}
	if (n > 0)
		balance->first_pair = taken->pair;
	ring_keep(taken->ring, burst, n);
}

/* A burst that goes beyond all credit: what is too much is left, but for the round's first frame.
 */
static __attribute__((cold, noinline)) void
keep_affordable(struct lcore *lcore, struct taken *taken, struct burst *burst, uint16_t least)
{
	uint32_t debt = lcore->balance[taken->from->id].sending;
	uint16_t n = burst->n;

	for (; n > least && debt > BUDGET_CREDIT; n--)
		debt -= RTE_MIN(debt, price_of_copy(&burst->frame[n - 1]));
	keep(lcore, taken, burst, n);
}

static inline void
pay(struct lcore *lcore, struct taken *taken, struct burst *burst)
{
	struct balance *balance = &lcore->balance[taken->from->id];
	uint16_t least = !balance_is_overdrawn(balance);

	debt_add(&balance->sending, price_of_burst(burst));
	if (unlikely(balance_is_overdrawn(balance)))
		keep_affordable(lcore, taken, burst, least);
}

/* Frame by frame: of a guest that has guards, or one of whose frames is not the usual. */
static __attribute__((noinline)) void
classify_each(struct lcore *lcore, struct taken *taken, struct burst *burst)
{
	const struct member *from = taken->from;
	struct balance *balance = &lcore->balance[from->id];
	struct decision decision = {.to = TO_NONE};

	lcore->guard_run.source_and_type = 0;
	for (uint16_t i = 0; i < burst->n; i++) {
		struct frame *frame = &burst->frame[i];

		/* Before its addresses are learnt. The next one is not like it. */
		if (unlikely(from->guarded) && !guarded_admits(lcore, from, frame)) {
			decision.to = TO_NONE;
			continue;
		}
		if (!(taken->alike & 1u << i) || decision.to == TO_NONE)
			classify(lcore->sw, lcore->topology, from, frame, lcore->now, &decision);
		if (is_usual(&decision) && !(frame->offload.flags & FRAME_UNFINISHED)) {
			lcore_stage(lcore, decision.to, frame, 1);
			continue;
		}
		debt_add(&balance->sending, stage_unusual(lcore, from, frame, &decision));
		if (unlikely(balance_is_overdrawn(balance)))
			keep(lcore, taken, burst, i + 1);
	}
}

/* Run by run: one decision for all frames of each. */
static __rte_always_inline void
classify_runs(struct lcore *lcore, struct taken *taken, struct burst *burst, const bool pays)
{
	struct balance *balance = &lcore->balance[taken->from->id];
	/* Bit i: a run ends behind frame i. */
	uint32_t ends = ~taken->alike >> 1 | 1u << (BURST - 1);
	struct decision decision;
	struct plain plain = {0};
	const bool is_plain = taken->plain && plain_begin(&plain, lcore->sw, lcore->topology,
						      taken->from, lcore->now);
	int place;

	for (uint16_t i = 0, n; i < burst->n; i += n) {
		struct frame *frame = &burst->frame[i];

		n = RTE_MIN(__builtin_ctz(ends >> i) + 1, burst->n - i);
		if (likely(is_plain) &&
			likely((place = plain_place(&plain, frame, &taken->look[i])) >= 0)) {
			lcore_stage(lcore, place, frame, n);
			continue;
		}
		classify(lcore->sw, lcore->topology, taken->from, frame, lcore->now, &decision);
		if (likely(is_usual(&decision))) {
			lcore_stage(lcore, decision.to, frame, n);
			continue;
		}
		/* Of frames that go nowhere each is a case of its own, where its run's first
		 * looked. */
		if (decision.to == TO_NONE) {
			n = 1;
			if (i + n < burst->n)
				taken->look[i + n] = taken->look[i];
		}
		for (uint16_t one = 0; one < n && i + one < burst->n; one++) {
			uint64_t price = stage_unusual(lcore, taken->from, frame + one, &decision);

			if (!pays)
				continue;
			debt_add(&balance->sending, price);
			if (unlikely(balance_is_overdrawn(balance)))
				keep(lcore, taken, burst, i + one + 1);
		}
	}
}

void
burst_classify(struct lcore *lcore, struct taken *taken, struct burst *burst)
{
	const struct member *from = taken->from;

	pay(lcore, taken, burst);
	lcore->source = from->id + taken->pair;
	if (unlikely(from->captures != 0))
		captured_begin(lcore, from, burst->frame);
	if (unlikely(from->guarded || burst->flags & FRAME_UNFINISHED))
		classify_each(lcore, taken, burst);
	else
		classify_runs(lcore, taken, burst, true);
	/* Only now: frames that are kept come again. */
	if (unlikely(from->captures != 0))
		captured_end(lcore, from, burst, burst->n);
}

void
burst_classify_free(struct lcore *lcore, struct taken *taken, struct burst *burst)
{
	const struct member *from = taken->from;

	if (unlikely(from->captures != 0))
		captured_begin(lcore, from, burst->frame);
	classify_runs(lcore, taken, burst, false);
	if (unlikely(from->captures != 0))
		captured_end(lcore, from, burst, burst->n);
}
