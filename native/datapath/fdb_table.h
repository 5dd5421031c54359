/*
 * The table itself, shared by fdb.c (forwarding) and fdb_control.c (the control thread). See
 * fdb.h.
 */
#ifndef FDB_TABLE_H
#define FDB_TABLE_H

#include "fdb.h"

#if defined(__SSE4_1__)
#include <smmintrin.h>
#endif

#define WAYS 4
/* Buckets where an address may be: two places, each with its neighbour. */
#define SIDES 4
#define KEY_FREE 0
#define KEY_BUSY 1
#define KEY_USED FDB_KEY_USED
#define VALUE_GONE UINT64_MAX
#define VALUE_PINNED (1ULL << 48)

/* One of a bucket's, laid over its words: the value is WAYS words behind the key. */
struct entry {
	/* shared: written and read by forwarding lcores and the control thread; see fdb.h */
	uint64_t key; /* used | isolated | vlan << 48 | mac */
	uint64_t between[WAYS - 1];
	/* shared: written and read by forwarding lcores and the control thread; see fdb.h */
	uint64_t value; /* pinned | port << 32 | second of the last frame */
} __attribute__((may_alias));

/* All keys, then all values: so the keys are compared at once. */
struct bucket {
	/* shared: written and read by forwarding lcores and the control thread; see fdb.h */
	uint64_t word[2 * WAYS];
} __attribute__((aligned(64)));

static inline struct entry *
way_of(struct bucket *bucket, unsigned int i)
{
	return (struct entry *)&bucket->word[i];
}

struct fdb {
	struct bucket *buckets;
	uint64_t secret[2]; /* odd */
	uint32_t mask;
	unsigned int shift;
	uint32_t age_cursor;
	/* shared: written by whoever changes an entry, read by all */
	uint32_t held[MAX_PORTS]; /* addresses a port holds */
	/* shared: written by the control thread, read by forwarding lcores */
	uint32_t limit[MAX_PORTS]; /* and may hold */
	/* shared: written by whoever changes an entry, read by the control thread */
	uint64_t entries, learned, moved, aged, evicted, refused;
};

static inline uint64_t
value_of(uint16_t port, uint32_t now)
{
	return (uint64_t)port << 32 | now;
}

static inline uint16_t
value_port(uint64_t value)
{
	return value >> 32;
}

/*
 * The upper bits are the first place, the lower ones the second. One multiplication is not enough:
 * with one multiplier in 40, consecutive addresses gather in a few buckets.
 */
static inline uint64_t
hash_of(const struct fdb *fdb, uint64_t key)
{
	uint64_t hash = key * fdb->secret[0];

	return (hash ^ hash >> 32) * fdb->secret[1];
}

static inline struct bucket *
bucket_of(const struct fdb *fdb, uint64_t hash, int side)
{
	uint32_t place = side < 2 ? hash >> fdb->shift : (hash >> 16) & fdb->mask;

	return &fdb->buckets[place ^ (side & 1)];
}

/* ThreadSanitizer does not know that a vector's words are read whole. */
#if defined(__has_feature)
#define THREAD_SANITIZER __has_feature(thread_sanitizer)
#else
#define THREAD_SANITIZER 0
#endif
#if defined(__SSE4_1__) && !THREAD_SANITIZER
#define KEYS_AT_ONCE 1
/* Each of a vector's aligned words is read whole, on all processors that have these. */
#define READ_WORDS(x) (*(const volatile __m128i *)&(x))
#else
#define KEYS_AT_ONCE 0
#endif

/*
 * Bit i: way i has key, or had it a moment ago. Without branches, as the way cannot be predicted.
 * What it says is looked at again, in entry_value().
 */
static inline unsigned int
ways_of(struct bucket *bucket, uint64_t key)
{
#if KEYS_AT_ONCE
	const __m128i *keys = (const __m128i *)bucket->word;
	const __m128i wanted = _mm_set1_epi64x((long long)key);
	const __m128i first = READ_WORDS(keys[0]), second = READ_WORDS(keys[1]);
	const __m128 same = _mm_shuffle_ps(_mm_castsi128_ps(_mm_cmpeq_epi64(first, wanted)),
		_mm_castsi128_ps(_mm_cmpeq_epi64(second, wanted)), _MM_SHUFFLE(2, 0, 2, 0));

	/* Nothing that is read later is read before them. */
	__atomic_signal_fence(__ATOMIC_ACQUIRE);
	return (unsigned int)_mm_movemask_ps(same);
#else
	unsigned int ways = 0;

#pragma GCC unroll 4
	for (unsigned int i = 0; i < WAYS; i++) {
		const struct entry *entry = way_of(bucket, i);

		ways |= (unsigned int)(__atomic_load_n(&entry->key, __ATOMIC_ACQUIRE) == key) << i;
	}
	return ways;
#endif
}

/* The value of an entry that had key; false: it has it no more. */
static inline bool
entry_value(const struct entry *entry, uint64_t key, uint64_t *value)
{
	*value = __atomic_load_n(&entry->value, __ATOMIC_ACQUIRE);
	return __atomic_load_n(&entry->key, __ATOMIC_RELAXED) == key;
}

/* Entry that holds key, with its value as read while the key was there; NULL when there is none. */
static inline struct entry *
find(const struct fdb *fdb, uint64_t key, uint64_t *value)
{
	uint64_t hash = hash_of(fdb, key);

	for (int side = 0; side < SIDES; side++) {
		struct bucket *bucket = bucket_of(fdb, hash, side);

		for (unsigned int ways = ways_of(bucket, key); ways; ways &= ways - 1) {
			struct entry *entry = way_of(bucket, __builtin_ctz(ways));

			if (entry_value(entry, key, value))
				return entry;
		}
	}
	return NULL;
}

/* Takes an entry from its present key; the caller then owns it until it stores another key. */
static inline bool
claim(struct entry *entry, uint64_t key)
{
	return __atomic_compare_exchange_n(
		&entry->key, &key, KEY_BUSY, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Removes key from an entry. False: it was not there any more. */
static inline bool
forget(struct fdb *fdb, struct entry *entry, uint64_t key)
{
	uint64_t value;

	if (!claim(entry, key))
		return false;
	value = __atomic_exchange_n(&entry->value, VALUE_GONE, __ATOMIC_ACQ_REL);
	__atomic_fetch_sub(&fdb->held[value_port(value)], 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&fdb->entries, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->key, KEY_FREE, __ATOMIC_RELEASE);
	return true;
}

/*
 * Puts a free entry in the caller's hands: an empty one, else one of the port that has most. held:
 * how many the port that it is for has; it takes none from a port that has fewer. NULL: there is
 * none to be had.
 */
struct entry *
fdb_take_entry(struct fdb *fdb, uint64_t key, uint32_t held);

#endif
