/*
 * Counters of frames, per forwarding lcore and port.
 *
 * Written by one forwarding lcore each, read by the control thread. A reader may see a sum that is
 * some frames behind; it never sees a torn number.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stdint.h>

#include "../base/contract.h"

/* Reasons of PROTOCOL.md, stats.get. */
enum drop {
#define DROP_REASON(symbol, name, side) DROP_##symbol,
	EACH_DROP_REASON(DROP_REASON)
#undef DROP_REASON
		DROP_REASONS,
};

/* The protocol's names (PROTOCOL.md, stats.get). */
extern const char *const drop_names[DROP_REASONS];

struct counters {
	/* shared: written by one lcore, read by the control thread */
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	/* shared: written by one lcore, read by the control thread */
	uint64_t drops[DROP_REASONS];
} __attribute__((aligned(64)));

/* The writer is the only one, so no atomic read-modify-write is needed. */
static inline void
counter_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

/* Adds one lcore's counters to a sum. */
void
counters_collect(struct counters *sum, const struct counters *one);

#endif
