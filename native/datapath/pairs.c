#include <rte_atomic.h>

#include "counters.h"
#include "pairs.h"

#define USED (1ULL << 32)

static uint64_t
key_of(uint16_t from, uint16_t to)
{
	return USED | (uint32_t)from << 16 | to;
}

/* Neighbours are in buckets of their own: ports are numbered from 0 on. */
static struct pair *
bucket_of(struct pairs *pairs, uint64_t key)
{
	return pairs->place[(uint32_t)key * 0x9e3779b1u >> 26];
}
_Static_assert(PAIRS_BUCKETS == 1 << (32 - 26), "what is left of a hash");

void
pairs_clear(struct pairs *pairs)
{
	for (unsigned int i = 0; i < PAIRS; i++) {
		struct pair *pair = &pairs->place[i / PAIRS_WAYS][i % PAIRS_WAYS];

		__atomic_store_n(&pair->key, 0, __ATOMIC_RELAXED);
		pair->rank = 0;
	}
}

/* The place of a new pair; its key is 0. */
static struct pair *
take_place(struct pair *bucket)
{
	struct pair *least = &bucket[0];

	for (unsigned int i = 1; i < PAIRS_WAYS; i++)
		if (bucket[i].rank < least->rank)
			least = &bucket[i];
	__atomic_store_n(&least->key, 0, __ATOMIC_RELAXED);
	rte_atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&least->packets, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&least->bytes, 0, __ATOMIC_RELAXED);
	return least;
}

void
pairs_add(struct pairs *pairs, uint16_t to, uint16_t n, uint64_t bytes)
{
	uint64_t key = key_of(pairs->from, to);
	struct pair *bucket = bucket_of(pairs, key), *pair = NULL;

	for (unsigned int i = 0; i < PAIRS_WAYS && !pair; i++)
		if (__atomic_load_n(&bucket[i].key, __ATOMIC_RELAXED) == key)
			pair = &bucket[i];
	if (!pair)
		pair = take_place(bucket);
	counter_add(&pair->packets, n);
	counter_add(&pair->bytes, bytes);
	pair->rank += n;
	__atomic_store_n(&pair->key, key, __ATOMIC_RELEASE);
}

bool
pairs_read(const struct pairs *pairs, unsigned int place, struct pair_count *count)
{
	const struct pair *pair = &pairs->place[place / PAIRS_WAYS][place % PAIRS_WAYS];
	uint64_t key = __atomic_load_n(&pair->key, __ATOMIC_ACQUIRE);

	*count = (struct pair_count){
		.from = key >> 16 & UINT16_MAX,
		.to = key & UINT16_MAX,
		.packets = __atomic_load_n(&pair->packets, __ATOMIC_RELAXED),
		.bytes = __atomic_load_n(&pair->bytes, __ATOMIC_RELAXED),
	};
	rte_atomic_thread_fence(__ATOMIC_ACQUIRE);
	return key && __atomic_load_n(&pair->key, __ATOMIC_RELAXED) == key;
}

void
pairs_forget(struct pairs *pairs, uint16_t port)
{
	for (unsigned int i = 0; i < PAIRS; i++) {
		struct pair *pair = &pairs->place[i / PAIRS_WAYS][i % PAIRS_WAYS];
		uint64_t key = __atomic_load_n(&pair->key, __ATOMIC_RELAXED);

		if (key && ((key >> 16 & UINT16_MAX) == port || (key & UINT16_MAX) == port))
			__atomic_store_n(&pair->key, 0, __ATOMIC_RELAXED);
	}
}
