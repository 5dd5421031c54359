#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "fdb_table.h"

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
	/* Fewer TLB misses; small pages serve where the kernel has no huge ones. */
	(void)madvise(fdb->buckets, buckets * sizeof(struct bucket), MADV_HUGEPAGE);
	fdb->secret[0] |= 1;
	fdb->secret[1] |= 1;
	fdb->mask = buckets - 1;
	fdb->shift = 64 - __builtin_ctz(buckets);
	for (int i = 0; i < MAX_PORTS; i++)
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

/* Of a bucket that is empty nothing is written, so that it costs no page. */
static void
clone_bucket(struct bucket *to, struct bucket *from)
{
	for (int i = 0; i < WAYS; i++) {
		const struct entry *entry = way_of(from, i);
		struct entry *copy = way_of(to, i);
		uint64_t key = __atomic_load_n(&entry->key, __ATOMIC_ACQUIRE);

		if (!(key & KEY_USED))
			continue;
		__atomic_store_n(&copy->value, __atomic_load_n(&entry->value, __ATOMIC_RELAXED),
			__ATOMIC_RELAXED);
		__atomic_store_n(&copy->key, key, __ATOMIC_RELAXED);
	}
}

struct fdb *
fdb_clone(const struct fdb *fdb)
{
	struct fdb *clone = fdb_create(fdb->mask + 1, 1);

	if (!clone)
		return NULL;
	memcpy(clone->secret, fdb->secret, sizeof(clone->secret));
	for (int i = 0; i < MAX_PORTS; i++) {
		clone->held[i] = __atomic_load_n(&fdb->held[i], __ATOMIC_RELAXED);
		clone->limit[i] = __atomic_load_n(&fdb->limit[i], __ATOMIC_RELAXED);
	}
	clone->entries = __atomic_load_n(&fdb->entries, __ATOMIC_RELAXED);
	for (uint32_t i = 0; clone->entries && i <= fdb->mask; i++)
		clone_bucket(&clone->buckets[i], &fdb->buckets[i]);
	return clone;
}

uint32_t
fdb_age(struct fdb *fdb, uint32_t now, uint32_t ageing, uint32_t slice)
{
	uint32_t gone = 0;

	/* To read the table would make the kernel fill it with pages. */
	if (__atomic_load_n(&fdb->entries, __ATOMIC_RELAXED) == 0)
		return 0;
	for (; slice > 0; slice--, fdb->age_cursor = (fdb->age_cursor + 1) & fdb->mask) {
		struct bucket *bucket = &fdb->buckets[fdb->age_cursor];

		for (int i = 0; i < WAYS; i++) {
			struct entry *entry = way_of(bucket, i);
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

	/* An lcore that looked before us may still insert the key as learned: remove that one.
	 */
	while (!(entry = find(fdb, key, &value)) || value != pinned) {
		if (entry) {
			forget(fdb, entry, key);
			continue;
		}
		entry = fdb_take_entry(fdb, key, 0);
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

	/* When that fails, another port has just taken it over. */
	if (entry && value & VALUE_PINNED)
		__atomic_compare_exchange_n(&entry->value, &value, value_of(value_port(value), now),
			false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
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

	for (uint32_t b = 0; fdb_holds(fdb, port) && b <= fdb->mask; b++)
		for (int i = 0; i < WAYS; i++) {
			struct entry *entry = way_of(&fdb->buckets[b], i);
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
	fdb_walk_from(fdb, now, 0, visit, arg);
}

void
fdb_walk_from(const struct fdb *fdb, uint32_t now, uint32_t place,
	bool (*visit)(const struct fdb_view *, void *), void *arg)
{
	for (; place / WAYS <= fdb->mask; place++) {
		const struct entry *entry = way_of(&fdb->buckets[place / WAYS], place % WAYS);
		uint64_t key = __atomic_load_n(&entry->key, __ATOMIC_ACQUIRE);
		uint64_t value = __atomic_load_n(&entry->value, __ATOMIC_ACQUIRE);
		struct fdb_view view = {.place = place};

		if (!(key & KEY_USED) || key != __atomic_load_n(&entry->key, __ATOMIC_RELAXED))
			continue;
		fdb_key_address(key, view.mac, &view.vlan);
		view.own_tag = view.vlan && !(key & FDB_KEY_ISOLATED);
		view.port = value_port(value);
		view.pinned = value & VALUE_PINNED;
		view.age = !view.pinned && now > (uint32_t)value ? now - (uint32_t)value : 0;
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
