#include "fdb_table.h"

void
fdb_fetch(const struct fdb *fdb, uint64_t key)
{
	__builtin_prefetch(bucket_of(fdb, hash_of(fdb, key), 0));
}

uint16_t
fdb_lookup(const struct fdb *fdb, uint64_t key)
{
	uint64_t value;

	return find(fdb, key, &value) ? value_port(value) : FDB_NONE;
}

struct entry *
fdb_take_entry(struct fdb *fdb, uint64_t key)
{
	uint64_t hash = hash_of(fdb, key);
	struct entry *oldest = NULL;
	uint64_t oldest_key = 0, oldest_value = 0;

	for (int side = 0; side < SIDES; side++) {
		struct bucket *bucket = bucket_of(fdb, hash, side);

		for (int i = 0; i < WAYS; i++) {
			struct entry *entry = &bucket->way[i];
			uint64_t other = __atomic_load_n(&entry->key, __ATOMIC_ACQUIRE);
			uint64_t value;

			if (other == KEY_FREE && claim(entry, KEY_FREE))
				return entry;
			if (!(other & KEY_USED))
				continue;
			value = __atomic_load_n(&entry->value, __ATOMIC_RELAXED);
			if (value & VALUE_PINNED)
				continue;
			if (!oldest || (uint32_t)value < (uint32_t)oldest_value) {
				oldest = entry;
				oldest_key = other;
				oldest_value = value;
			}
		}
	}
	if (!oldest || !claim(oldest, oldest_key))
		return NULL; /* other lcores are changing these buckets; the next frame learns */
	/* Removed first, so that a refresh or move under way fails and counts nothing. */
	oldest_value = __atomic_exchange_n(&oldest->value, VALUE_GONE, __ATOMIC_ACQ_REL);
	__atomic_fetch_sub(&fdb->held[value_port(oldest_value)], 1, __ATOMIC_RELAXED);
	__atomic_fetch_sub(&fdb->entries, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->evicted, 1, __ATOMIC_RELAXED);
	return oldest;
}

static bool
is_full(const struct fdb *fdb, uint16_t port)
{
	return __atomic_load_n(&fdb->held[port], __ATOMIC_RELAXED) >=
	       __atomic_load_n(&fdb->limit[port], __ATOMIC_RELAXED);
}

static enum fdb_learned
insert(struct fdb *fdb, uint64_t key, uint16_t port, uint32_t now)
{
	struct entry *entry;

	if (is_full(fdb, port)) {
		__atomic_fetch_add(&fdb->refused, 1, __ATOMIC_RELAXED);
		return FDB_REFUSED;
	}
	entry = fdb_take_entry(fdb, key);
	if (!entry)
		return FDB_REFUSED;
	__atomic_fetch_add(&fdb->held[port], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->entries, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->learned, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->value, value_of(port, now), __ATOMIC_RELEASE);
	/*
	 * Two lcores may insert one key at the same moment, when one address appears on two ports
	 * at once. Both entries stay until the silent one ages out; look-ups use the first.
	 */
	__atomic_store_n(&entry->key, key, __ATOMIC_RELEASE);
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
	/* Not a plain store: the entry may have become another address's since it was read. */
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
	if (is_full(fdb, port)) {
		__atomic_fetch_add(&fdb->refused, 1, __ATOMIC_RELAXED);
		return false;
	}
	if (!__atomic_compare_exchange_n(
		    &entry->value, &value, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return false;
	__atomic_fetch_sub(&fdb->held[value_port(value)], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->held[port], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->moved, 1, __ATOMIC_RELAXED);
	return true;
}
