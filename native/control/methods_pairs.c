#include <stdlib.h>

#include <rte_lcore.h>

#include "methods.h"

#include "../datapath/lcore.h"

static int
by_ports(const void *a, const void *b)
{
	const struct pair_count *one = a, *other = b;

	if (one->from != other->from)
		return one->from < other->from ? -1 : 1;
	return (one->to > other->to) - (one->to < other->to);
}

/* The busiest first. */
static int
by_packets(const void *a, const void *b)
{
	const struct pair_count *one = a, *other = b;

	if (one->packets != other->packets)
		return one->packets > other->packets ? -1 : 1;
	return by_ports(a, b);
}

/* All lcores'. Returns their number. */
static size_t
read_all(const struct vswitch *sw, struct pair_count *counts)
{
	unsigned int lcore;
	size_t n = 0;

	RTE_LCORE_FOREACH (lcore)
		for (unsigned int i = 0; i < PAIRS; i++)
			n += lcore_pair(sw->lcores[lcore], i, &counts[n]) &&
			     sw->ports[counts[n].from].used && sw->ports[counts[n].to].used;
	return n;
}

/* Queue pairs of one port may be several lcores'. */
static size_t
merge(struct pair_count *counts, size_t n)
{
	size_t merged = 0;

	qsort(counts, n, sizeof(*counts), by_ports);
	for (size_t i = 0; i < n; i++) {
		if (merged && !by_ports(&counts[merged - 1], &counts[i])) {
			counts[merged - 1].packets += counts[i].packets;
			counts[merged - 1].bytes += counts[i].bytes;
		} else {
			counts[merged++] = counts[i];
		}
	}
	qsort(counts, merged, sizeof(*counts), by_packets);
	return merged;
}

json_t *
method_pairs_get(struct rpc_call *call)
{
	struct vswitch *sw = call->context;
	size_t limit = (size_t)rpc_integer(call, "limit", PAIRS_GET_LIMIT_DEFAULT), n;
	struct pair_count *counts = calloc((size_t)rte_lcore_count() * PAIRS + 1, sizeof(*counts));
	uint32_t until = __atomic_load_n(&sw->pairs_until, __ATOMIC_RELAXED);
	json_t *pairs;

	if (!counts)
		return rpc_fail(call, RPC_INTERNAL, "pairs.get: no memory");
	/* Those of an earlier time are none of now. */
	n = vswitch_now(sw) < until ? merge(counts, read_all(sw, counts)) : 0;
	__atomic_store_n(&sw->pairs_until, vswitch_now(sw) + PAIRS_SECONDS + 1, __ATOMIC_RELAXED);
	pairs = json_array();
	for (size_t i = 0; i < n && i < limit; i++)
		json_array_append_new(pairs, json_pack("{s:s, s:s, s:I, s:I}", "from",
						     sw->ports[counts[i].from].config.name, "to",
						     sw->ports[counts[i].to].config.name, "packets",
						     (json_int_t)counts[i].packets, "bytes",
						     (json_int_t)counts[i].bytes));
	free(counts);
	return json_pack("{s:o}", "pairs", pairs);
}
