#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "fdb.h"

#define WAYS 4
/* Buckets that an address may be in: two places, each with its neighbour. */
#define SIDES 4
#define KEY_FREE 0
#define KEY_BUSY 1
#define KEY_USED FDB_KEY_USED
#define VALUE_GONE UINT64_MAX
#define VALUE_PINNED (1ULL << 48)

struct entry {
	/* shared: written and read by forwarding lcores and the control thread; see fdb.h */
	uint64_t key; /* used | isolated | vlan << 48 | mac */
	/* shared: written and read by forwarding lcores and the control thread; see fdb.h */
	uint64_t value; /* pinned | port << 32 | second of the last frame */
};

struct bucket {
	struct entry way[WAYS];
} __attribute__((aligned(64)));

struct fdb {
	struct bucket *buckets;
	uint64_t secret[2]; /* odd */
	uint32_t mask;
	unsigned int shift;
	uint32_t age_cursor;
	/* shared: written by whoever changes an entry, read by all */
	uint32_t held[FDB_MAX_PORTS]; /* addresses a port holds */
	/* shared: written by the control thread, read by forwarding lcores */
	uint32_t limit[FDB_MAX_PORTS]; /* and may hold */
	/* shared: written by whoever changes an entry, read by the control thread */
	uint64_t entries, learned, moved, aged, evicted, refused;
};

static uint64_t
value_of(uint16_t port, uint32_t now)
{
	return (uint64_t)port << 32 | now;
}

static uint16_t
value_port(uint64_t value)
{
	return value >> 32;
}

/*
 * Its upper bits say the first place, the lower ones the second. One multiplication is not enough:
 * with one multiplier in 40, consecutive addresses gather in a few buckets.
 */
static uint64_t
hash_of(const struct fdb *fdb, uint64_t key)
{
	uint64_t hash = key * fdb->secret[0];

	return (hash ^ hash >> 32) * fdb->secret[1];
}

static struct bucket *
bucket_of(const struct fdb *fdb, uint64_t hash, int side)
{
	uint32_t place = side < 2 ? hash >> fdb->shift : (hash >> 16) & fdb->mask;

	return &fdb->buckets[place ^ (side & 1)];
}

struct fdb *
fdb_create(uint32_t buckets, uint32_t port_limit)
{
	struct fdb *fdb;

	if (buckets < 2 || (buckets & (buckets - 1)) || port_limit == 0)
		return NULL;
	fdb = calloc(1, sizeof(*fdb));
	if (!fdb)
		return NULL;
	/* Fresh anonymous pages are zero, which is KEY_FREE, and cost nothing until touched. */
	fdb->buckets = mmap(NULL, buckets * sizeof(struct bucket), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fdb->buckets == MAP_FAILED ||
		getrandom(fdb->secret, sizeof(fdb->secret), 0) != sizeof(fdb->secret)) {
		fdb_destroy(fdb);
		return NULL;
	}
	/* Fewer TLB misses; where the kernel has no huge pages to give, small ones do. */
	(void)madvise(fdb->buckets, buckets * sizeof(struct bucket), MADV_HUGEPAGE);
	fdb->secret[0] |= 1;
	fdb->secret[1] |= 1;
	fdb->mask = buckets - 1;
	fdb->shift = 64 - __builtin_ctz(buckets);
	for (int i = 0; i < FDB_MAX_PORTS; i++)
		fdb->limit[i] = port_limit;
	return fdb;
}

void
fdb_destroy(struct fdb *fdb)
{
	if (!fdb)
		return;
	if (fdb->buckets && fdb->buckets != MAP_FAILED)
		munmap(fdb->buckets, (size_t)(fdb->mask + 1) * sizeof(struct bucket));
	free(fdb);
}

/* Bit i: way i has key. Without branches: which way it is cannot be predicted. */
static unsigned int
ways_of(const struct bucket *bucket, uint64_t key)
{
	unsigned int ways = 0;

	for (unsigned int i = 0; i < WAYS; i++)
		ways |= (unsigned int)(__atomic_load_n(&bucket->way[i].key, __ATOMIC_ACQUIRE) ==
				       key)
			<< i;
	return ways;
}

/* Entry that holds key, with its value as read while the key was there; NULL when there is none. */
static struct entry *
find(const struct fdb *fdb, uint64_t key, uint64_t *value)
{
	uint64_t hash = hash_of(fdb, key);

	for (int side = 0; side < SIDES; side++) {
		struct bucket *bucket = bucket_of(fdb, hash, side);

		for (unsigned int ways = ways_of(bucket, key); ways; ways &= ways - 1) {
			struct entry *entry = &bucket->way[__builtin_ctz(ways)];

			*value = __atomic_load_n(&entry->value, __ATOMIC_ACQUIRE);
			if (__atomic_load_n(&entry->key, __ATOMIC_RELAXED) == key)
				return entry;
		}
	}
	return NULL;
}

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

/* Takes an entry from its present key; the caller then owns it until it stores another key. */
static bool
claim(struct entry *entry, uint64_t key)
{
	return __atomic_compare_exchange_n(
		&entry->key, &key, KEY_BUSY, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Puts a free entry in the caller's hands: an empty one, else the longest silent one. */
static struct entry *
take_entry(struct fdb *fdb, uint64_t key)
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
		return NULL; /* others are changing these buckets; the next frame learns */
	/* Taken out, so that a refresh or move still under way fails and counts nothing. */
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
	entry = take_entry(fdb, key);
	if (!entry)
		return FDB_REFUSED;
	__atomic_fetch_add(&fdb->held[port], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->entries, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->learned, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->value, value_of(port, now), __ATOMIC_RELEASE);
	/*
	 * Two lcores may insert one key at the same moment, when one address shows up on two ports
	 * at once. Both entries stay until the silent one ages; look-ups use the first.
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
	if (value == fresh || value == (value_of(port, 0) | VALUE_PINNED))
		return FDB_KNOWN;
	if (value_port(value) != port && (value & VALUE_PINNED || is_full(fdb, port))) {
		__atomic_fetch_add(&fdb->refused, 1, __ATOMIC_RELAXED);
		return FDB_REFUSED;
	}
	/* Not a plain store: the entry may have become another address's since it was read. */
	if (!__atomic_compare_exchange_n(
		    &entry->value, &value, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		return FDB_KNOWN;
	if (value_port(value) == port)
		return FDB_KNOWN;
	__atomic_fetch_sub(&fdb->held[value_port(value)], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->held[port], 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&fdb->moved, 1, __ATOMIC_RELAXED);
	return FDB_MOVED;
}

static bool
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

uint32_t
fdb_age(struct fdb *fdb, uint32_t now, uint32_t ageing, uint32_t slice)
{
	uint32_t gone = 0;

	for (; slice > 0; slice--, fdb->age_cursor = (fdb->age_cursor + 1) & fdb->mask) {
		struct bucket *bucket = &fdb->buckets[fdb->age_cursor];

		for (int i = 0; i < WAYS; i++) {
			struct entry *entry = &bucket->way[i];
			uint64_t key = __atomic_load_n(&entry->key, __ATOMIC_ACQUIRE);
			uint64_t value = __atomic_load_n(&entry->value, __ATOMIC_RELAXED);

			if ((key & KEY_USED) && !(value & VALUE_PINNED) &&
				(uint32_t)value + ageing < now && forget(fdb, entry, key))
				gone++;
		}
	}
	__atomic_fetch_add(&fdb->aged, gone, __ATOMIC_RELAXED);
	return gone;
}

bool
fdb_pin(struct fdb *fdb, uint64_t key, uint16_t port)
{
	const uint64_t pinned = value_of(port, 0) | VALUE_PINNED;
	struct entry *entry;
	uint64_t value;

	/* An lcore that looked before us may still insert the key as learned: that one is removed.
	 */
	while (!(entry = find(fdb, key, &value)) || value != pinned) {
		if (entry) {
			forget(fdb, entry, key);
			continue;
		}
		entry = take_entry(fdb, key);
		if (!entry)
			return false;
		__atomic_fetch_add(&fdb->held[port], 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&fdb->entries, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&entry->value, pinned, __ATOMIC_RELEASE);
		__atomic_store_n(&entry->key, key, __ATOMIC_RELEASE);
	}
	return true;
}

void
fdb_unpin(struct fdb *fdb, uint64_t key, uint32_t now)
{
	uint64_t value;
	struct entry *entry = find(fdb, key, &value);

	/* Nobody else changes a pinned value. */
	if (entry && value & VALUE_PINNED)
		__atomic_store_n(&entry->value, value_of(value_port(value), now), __ATOMIC_RELEASE);
}

void
fdb_set_limit(struct fdb *fdb, uint16_t port, uint32_t limit)
{
	__atomic_store_n(&fdb->limit[port], limit, __ATOMIC_RELAXED);
}

uint32_t
fdb_flush_port(struct fdb *fdb, uint16_t port)
{
	uint32_t gone = 0;

	for (uint32_t b = 0; b <= fdb->mask; b++)
		for (int i = 0; i < WAYS; i++) {
			struct entry *entry = &fdb->buckets[b].way[i];
			uint64_t key = __atomic_load_n(&entry->key, __ATOMIC_ACQUIRE);
			uint64_t value = __atomic_load_n(&entry->value, __ATOMIC_RELAXED);

			if ((key & KEY_USED) && value_port(value) == port &&
				forget(fdb, entry, key))
				gone++;
		}
	return gone;
}

void
fdb_walk(const struct fdb *fdb, uint32_t now, bool (*visit)(const struct fdb_view *, void *),
	void *arg)
{
	for (uint32_t b = 0; b <= fdb->mask; b++)
		for (int i = 0; i < WAYS; i++) {
			const struct entry *entry = &fdb->buckets[b].way[i];
			uint64_t key = __atomic_load_n(&entry->key, __ATOMIC_ACQUIRE);
			uint64_t value = __atomic_load_n(&entry->value, __ATOMIC_ACQUIRE);
			struct fdb_view view;

			if (!(key & KEY_USED) ||
				key != __atomic_load_n(&entry->key, __ATOMIC_RELAXED))
				continue;
			for (int j = 0; j < 6; j++)
				view.mac[j] = key >> (8 * (5 - j));
			view.vlan = (key >> 48) & 0xfff;
			view.port = value_port(value);
			view.pinned = value & VALUE_PINNED;
			view.age =
				!view.pinned && now > (uint32_t)value ? now - (uint32_t)value : 0;
			if (!visit(&view, arg))
				return;
		}
}

void
fdb_get_stats(const struct fdb *fdb, struct fdb_stats *stats)
{
	*stats = (struct fdb_stats){
		.entries = __atomic_load_n(&fdb->entries, __ATOMIC_RELAXED),
		.capacity = (uint64_t)(fdb->mask + 1) * WAYS,
		.learned = __atomic_load_n(&fdb->learned, __ATOMIC_RELAXED),
		.moved = __atomic_load_n(&fdb->moved, __ATOMIC_RELAXED),
		.aged = __atomic_load_n(&fdb->aged, __ATOMIC_RELAXED),
		.evicted = __atomic_load_n(&fdb->evicted, __ATOMIC_RELAXED),
		.refused = __atomic_load_n(&fdb->refused, __ATOMIC_RELAXED),
	};
}

uint32_t
fdb_buckets(const struct fdb *fdb)
{
	return fdb->mask + 1;
}
