#include <rte_atomic.h>

#include "fdb_table.h"

struct bucket *
fdb_fetch(const struct fdb *fdb, uint64_t key)
{
	struct bucket *bucket = bucket_of(fdb, hash_of(fdb, key), 0);

	__builtin_prefetch(bucket);
	return bucket;
}

uint16_t
fdb_lookup(const struct fdb *fdb, uint64_t key)
{
	uint64_t value;

	return find(fdb, key, &value) ? value_port(value) : FDB_NONE;
}

static uint32_t
held_by(const struct fdb *fdb, uint16_t port)
{
	return __atomic_load_n(&fdb->held[port], __ATOMIC_RELAXED);
}

/* An entry that may give way, as it was when it was looked at. */
struct victim {
	struct entry *entry;
	uint64_t key, value;
	uint32_t held; /* by its port */
};

/* Of the port that has most; of those, the one that was silent the longest. */
static bool
is_better(const struct victim *one, const struct victim *other)
{
	if (!other->entry || one->held != other->held)
		return !other->entry || one->held > other->held;
	return (uint32_t)one->value < (uint32_t)other->value;
}

struct entry *
fdb_take_entry(struct fdb *fdb, uint64_t key, uint32_t held)
{
	uint64_t hash = hash_of(fdb, key);
	struct victim best = {0};

	for (int side = 0; side < SIDES; side++) {
		struct bucket *bucket = bucket_of(fdb, hash, side);

		for (int i = 0; i < WAYS; i++) {
			struct victim one = {.entry = way_of(bucket, i)};

			one.key = __atomic_load_n(&one.entry->key, __ATOMIC_ACQUIRE);
			if (one.key == KEY_FREE && claim(one.entry, KEY_FREE))
				return one.entry;
			if (!(one.key & KEY_USED))
				continue;
			one.value = __atomic_load_n(&one.entry->value, __ATOMIC_RELAXED);
			if (one.value & VALUE_PINNED)
				continue;
			one.held = held_by(fdb, value_port(one.value));
			if (is_better(&one, &best))
				best = one;
		}
	}
	/* Nobody gives way to a port that has more; or others are changing these buckets. */
	if (!best.entry || best.held < held || !claim(best.entry, best.key))
		return NULL;
	/* Removed first, so that a refresh or move under way fails and counts nothing. */
	best.value = __atomic_exchange_n(&best.entry->value, VALUE_GONE, __ATOMIC_ACQ_REL);
	__atomic_fetch_sub(&fdb->held[value_port(best.value)], 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&fdb->entries, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->evicted, 1, __ATOMIC_RELAXED);
	return best.entry;
}

bool
fdb_is_full(const struct fdb *fdb, uint16_t port)
{
	return held_by(fdb, port) >= __atomic_load_n(&fdb->limit[port], __ATOMIC_RELAXED);
}

/*
 * Counts one more for a port, if it may have that: lcores that poll queues of one port would else
 * go beyond its limit together.
 */
static bool
count_in(struct fdb *fdb, uint16_t port)
{
	uint32_t limit = __atomic_load_n(&fdb->limit[port], __ATOMIC_RELAXED);

	if (__atomic_fetch_add(&fdb->held[port], 1, __ATOMIC_RELAXED) < limit)
		return true;
	__atomic_fetch_sub(&fdb->held[port], 1, __ATOMIC_RELAXED);
	return false;
}

static bool
refuse(struct fdb *fdb)
{
	__atomic_fetch_add(&fdb->refused, 1, __ATOMIC_RELAXED);
	return false;
}

/* Of two with the same key, the one that goes, whoever asks. NULL: one is gone. */
static struct entry *
one_too_many(struct entry *a, struct entry *b, uint64_t key)
{
	uint64_t at_a = __atomic_load_n(&a->value, __ATOMIC_ACQUIRE),
		 at_b = __atomic_load_n(&b->value, __ATOMIC_ACQUIRE);

	if (__atomic_load_n(&a->key, __ATOMIC_RELAXED) != key ||
		__atomic_load_n(&b->key, __ATOMIC_RELAXED) != key)
		return NULL;
	if ((at_a ^ at_b) & VALUE_PINNED)
		return at_a & VALUE_PINNED ? b : a;
	return a < b ? b : a;
}

/*
 * Lcores insert one key at the same moment when they poll queues of one guest, whose first frames
 * they are, or when an address appears on two ports at once. Each looks for the other's after its
 * own is there, so at least one finds both.
 */
static void
leave_one(struct fdb *fdb, uint64_t key)
{
	uint64_t hash = hash_of(fdb, key);
	struct entry *known = NULL;

	rte_atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (int side = 0; side < SIDES; side++) {
		struct bucket *bucket = bucket_of(fdb, hash, side);

		for (int i = 0; i < WAYS; i++) {
			struct entry *entry = way_of(bucket, i), *goes;

			/* The two places may be the same bucket. */
			if (entry == known || __atomic_load_n(&entry->key, __ATOMIC_ACQUIRE) != key)
				continue;
			goes = known ? one_too_many(known, entry, key) : NULL;
			/* It was no new address. */
			if (goes && forget(fdb, goes, key))
				__atomic_fetch_sub(&fdb->learned, 1, __ATOMIC_RELAXED);
			if (goes != entry)
				known = entry;
		}
	}
}

static enum fdb_learned
insert(struct fdb *fdb, uint64_t key, uint16_t port, uint32_t now)
{
	struct entry *entry =
		fdb_is_full(fdb, port) ? NULL : fdb_take_entry(fdb, key, held_by(fdb, port));

	if (entry && !count_in(fdb, port)) {
		__atomic_store_n(&entry->key, KEY_FREE, __ATOMIC_RELEASE);
		entry = NULL;
	}
	if (!entry) {
		refuse(fdb);
		return FDB_REFUSED;
	}
	__atomic_fetch_add(&fdb->entries, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->learned, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->value, value_of(port, now), __ATOMIC_RELEASE);
	__atomic_store_n(&entry->key, key, __ATOMIC_RELEASE);
	leave_one(fdb, key);
	return FDB_NEW;
}

enum fdb_learned
fdb_learn(struct fdb *fdb, uint64_t key, uint16_t port, uint32_t now)
{
	uint64_t value, fresh = value_of(port, now);
	struct entry *entry = find(fdb, key, &value);

	if (!entry)
		return insert(fdb, key, port, now);
	if (value_port(value) != port)
		return FDB_ELSEWHERE;
	/* Not a plain store: the entry may hold another address since it was read. */
	if (value != fresh && !(value & VALUE_PINNED))
		__atomic_compare_exchange_n(
			&entry->value, &value, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
	return FDB_KNOWN;
}

bool
fdb_find(const struct fdb *fdb, uint64_t key, struct fdb_place *place)
{
	uint64_t value;

	if (!find(fdb, key, &value))
		return false;
	place->port = value_port(value);
	place->pinned = value & VALUE_PINNED;
	place->seen = value;
	return true;
}

bool
fdb_move(struct fdb *fdb, uint64_t key, const struct fdb_place *from, uint16_t port, uint32_t now,
	bool pin)
{
	uint64_t value, fresh = pin ? value_of(port, 0) | VALUE_PINNED : value_of(port, now);
	struct entry *entry = find(fdb, key, &value);

	if (!entry || value_port(value) != from->port || !(value & VALUE_PINNED) != !from->pinned)
		return false;
	if (!count_in(fdb, port))
		return refuse(fdb);
	if (!__atomic_compare_exchange_n(
		    &entry->value, &value, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
		__atomic_fetch_sub(&fdb->held[port], 1, __ATOMIC_RELAXED);
		return false;
	}
	__atomic_fetch_sub(&fdb->held[value_port(value)], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->moved, 1, __ATOMIC_RELAXED);
	return true;
}

bool
fdb_holds(const struct fdb *fdb, uint16_t port)
{
	return __atomic_load_n(&fdb->held[port], __ATOMIC_RELAXED) > 0;
}
