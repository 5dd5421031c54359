/*
 * What a port may cost an lcore: service is by work, not by frames or rings.
 *
 * Each round a port may cause work that is worth ROUND_BUDGET. What it causes is added to its debt,
 * and ROUND_BUDGET is taken off in each round; one that owes a round's worth or more waits. So
 * in the long run all that have something to do get the same share (deficit round robin, with
 * credit), however many rings they have, and a round of many costly guests is short. Within a round
 * a port may run up to BUDGET_CREDIT into debt, so that bursts stay whole; the frames of a burst
 * that would cost more than that are left in their ring.
 *
 * Prices are in bytes to be copied. Senders pay for what they send: descriptors, frames and their
 * bytes, each copy of a flooded frame, each segment that is made of one. What a receive ring takes
 * beyond that of any real driver (descriptors without end, waiting for it to be emptied) is the
 * receiver's own debt; while it owes a round's worth, frames to it are dropped as ring_costly.
 *
 * Threads: each lcore keeps its own balances. A port whose queue pairs are several lcores' has its
 * share of each of them, and no more of any than a port with one pair.
 */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

#include "../base/sizes.h"
#include "../ring/ring.h"

/*
 * Estimates, in bytes whose copy takes as long, tried under attack
 * (test/switching/fairness.test.ts). 400 for a frame besides its bytes and descriptors; 200 for a
 * descriptor each time that it is read or its bytes are copied; 3,000 for a segment made in
 * software, checksum included.
 */
#define PRICE_FRAME 400
#define PRICE_SEGMENT 3000
#define PRICE_DESCRIPTOR 200
/* A look at one more ring of the same port. */
#define PRICE_RING 200
/* A microsecond of waiting. */
#define PRICE_US 25000

/* A burst of standard frames. */
#define ROUND_BUDGET (BURST * (FRAME_STANDARD + PRICE_FRAME + 2 * PRICE_DESCRIPTOR))
#define BUDGET_CREDIT (16 * ROUND_BUDGET)

/* Descriptors of a receive buffer that are in the price of its frame: Linux without mergeable
 * buffers has up to 19. */
#define USUAL_DESCRIPTORS 20
/* Bytes of a mergeable buffer, at least, for the same. */
#define USUAL_BUFFER 512

/* Of a port. */
struct balance {
	uint32_t sending;    /* debt */
	uint32_t receiving;  /* likewise */
	uint32_t settled;    /* round in which the latter was last reduced */
	uint16_t first_pair; /* where service goes on when not all of its rings were served */
};

static inline void
debt_add(uint32_t *debt, uint64_t price)
{
	*debt = (uint32_t)RTE_MIN(*debt + price, (uint64_t)UINT32_MAX);
}

/* At the begin of a round: whether the port is served. */
static inline bool
balance_may_send(struct balance *balance)
{
	if (likely(balance->sending == 0))
		return true;
	balance->sending -= RTE_MIN(balance->sending, (uint32_t)ROUND_BUDGET);
	return balance->sending < ROUND_BUDGET;
}

/* Whether its service in this round is to end. */
static inline bool
balance_is_overdrawn(const struct balance *balance)
{
	return balance->sending > BUDGET_CREDIT;
}

/* Whether frames may be put into the port's receive rings in this round. */
static inline bool
balance_may_receive(struct balance *balance, uint32_t round)
{
	uint64_t earned = (uint64_t)(round - balance->settled) * ROUND_BUDGET;

	if (likely(balance->receiving == 0))
		return true;
	balance->receiving -= RTE_MIN(balance->receiving, earned);
	balance->settled = round;
	return balance->receiving < ROUND_BUDGET;
}

static inline void
balance_charge_receiver(struct balance *balance, uint64_t price, uint32_t round)
{
	if (balance->receiving == 0)
		balance->settled = round;
	debt_add(&balance->receiving, price);
}

/*
 * What frames are worth as work (balance.h), in bytes: copying 640 costs as much as a frame does
 * without them (README, "Speed").
 */
static inline uint64_t
work_of_frames(uint64_t frames, uint64_t bytes)
{
	return frames * 640 + bytes;
}

/* What a burst costs if each frame goes to one port. */
static inline uint32_t
price_of_burst(const struct burst *burst)
{
	return burst->n * PRICE_FRAME + 2 * burst->walked * PRICE_DESCRIPTOR + burst->bytes;
}

static inline uint32_t
price_of_copy(const struct frame *frame)
{
	return PRICE_FRAME + frame->length + frame->n_segments * PRICE_DESCRIPTOR;
}

/* Segments that a frame would be cut into; headers alone are one. */
static inline uint32_t
frame_segments(const struct frame *frame)
{
	if (!(frame->offload.flags & FRAME_TSO) || frame->length <= frame->offload.header_length)
		return 1;
	return (frame->length - frame->offload.header_length + frame->offload.segment_size - 1) /
	       frame->offload.segment_size;
}

/* What is to be done in software for a receiver that takes frames with these flags. */
static inline uint32_t
price_of_finishing(const struct frame *frame, uint8_t takes)
{
	uint8_t left = frame->offload.flags & FRAME_UNFINISHED & ~takes;

	if (!left)
		return 0;
	/* The checksum is a second look at all bytes. */
	return frame->length + (left & FRAME_TSO ? frame_segments(frame) * PRICE_SEGMENT : 0);
}

#endif
