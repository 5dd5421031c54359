/*
 * The forwarding database: which port a MAC address was last seen on, by VLAN.
 *
 * Shape: buckets of four entries, one cache line each: four keys, then their values. A key lives
 * in its own bucket; when that is full, in the neighbour (index ^ 1), which the processor fetches
 * along with it; when both are full, in a second such pair. So finding a key costs one cache line,
 * rarely two, and 100,000 keys fit into a table of 524,288 without evicting each other. The
 * buckets are chosen by a hash with secret odd multipliers: a guest that does not know them cannot
 * aim addresses at one bucket.
 *
 * Ageing: entries carry the second of their last frame. Forwarding refreshes it at most once a
 * second; fdb_age() removes entries that were silent for longer than the ageing time.
 *
 * Full table: when all its buckets are full, an entry of the port that has most in the whole table
 * gives way, of those the one that was silent the longest (counted as evicted). A port that itself
 * has more than all of them learns nothing (counted as refused): a guest that invents addresses
 * loses its own, never those of a port with fewer. A port may hold at most port_limit addresses;
 * past that it learns nothing new either, and frames to the unlearned addresses are flooded.
 *
 * Moves: an address stays where it is until somebody who may takes it (moves.h); fdb_learn() only
 * reports that it is elsewhere. Pinned entries (a port with a fixed address) neither age nor give
 * way.
 *
 * Threads: any number of forwarding lcores look up and learn, and one control thread ages, flushes
 * and lists, all at once without a lock. An entry is two words: `key` identifies the address
 * (0: free, 1: being changed), `value` says where and when. To change an entry's key, an lcore
 * first claims it with compare-and-swap. A reader loads value, then checks that the key is still
 * there. That suffices on any processor: a new value is stored with release, after the claim, and
 * loaded with acquire, before the second look at the key. A reader that sees the value also sees
 * the claim before it, hence no longer the old key. On x86 both are plain moves; on ARMv8, where a
 * store may become visible before a compare-and-swap that precedes it, stlr and ldar.
 * The counters are written by whoever changes an entry, atomically; that is rare.
 * Lcores that poll queue pairs of one guest learn its address at the same moment: of two entries
 * for one key the later one goes at once, and a port's limit holds for all of its lcores together.
 */
#ifndef FDB_H
#define FDB_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "../base/sizes.h"

#define FDB_KEY_USED (1ULL << 63)
#define FDB_KEY_ISOLATED (1ULL << 60)
#define FDB_NONE UINT16_MAX

struct fdb;
struct bucket;

/* Results of fdb_learn(). */
enum fdb_learned {
	FDB_KNOWN,
	FDB_NEW,
	FDB_REFUSED,   /* the port has as many as it may, or the table is full */
	FDB_ELSEWHERE, /* another port has it */
};

struct fdb_stats {
	uint64_t entries, capacity, learned, moved, aged, evicted, refused;
};

/* An entry as fdb_walk() passes it. mac is in wire order, age in seconds. */
struct fdb_view {
	uint8_t mac[6];
	uint16_t vlan;
	bool own_tag; /* of a tag of the guest's own; its port is in no VLAN */
	uint16_t port;
	uint32_t age;
	bool pinned;
	uint32_t place; /* in the table: a later walk may go on from here */
};

/*
 * buckets: a power of two, 2 or more. port_limit: addresses each port may hold, 1 or more.
 * NULL when there is no memory.
 */
struct fdb *
fdb_create(uint32_t buckets, uint32_t port_limit);
void
fdb_destroy(struct fdb *fdb);

/*
 * Key of an address. vlan: 0-4094. isolated: the VLAN is the port's own, not a tag of the frame;
 * the two kinds never meet, so a guest cannot disturb a VLAN by sending tags.
 */
static inline uint64_t
fdb_key(const uint8_t mac[6], uint16_t vlan, bool isolated)
{
	uint32_t first;
	uint16_t last;

	memcpy(&first, mac, sizeof(first));
	memcpy(&last, mac + sizeof(first), sizeof(last));
	return FDB_KEY_USED | (isolated ? FDB_KEY_ISOLATED : 0) | (uint64_t)vlan << 48 |
	       (uint64_t)be32toh(first) << 16 | be16toh(last);
}

/*
 * The same of an address in a frame, two bytes of which are read behind it. rest: the key of no
 * address, fdb_key() of zeros.
 */
static inline uint64_t
fdb_key_in(const uint8_t frame[8], uint64_t rest)
{
	uint64_t word;

	memcpy(&word, frame, sizeof(word));
	return be64toh(word) >> 16 | rest;
}

/* The address and VLAN of a key. */
static inline void
fdb_key_address(uint64_t key, uint8_t mac[6], uint16_t *vlan)
{
	for (int i = 0; i < 6; i++)
		mac[i] = key >> (40 - 8 * i);
	*vlan = key >> 48 & 0xfff;
}

/* Prefetches the memory that a look-up of key will need: most often, this bucket. */
struct bucket *
fdb_fetch(const struct fdb *fdb, uint64_t key);

/* Where an address is. */
struct fdb_place {
	uint16_t port;
	bool pinned;
	uint32_t seen; /* second of its last frame; 0 of a pinned one */
};

/* Notes that key was seen on port at second now, unless it is elsewhere. port < MAX_PORTS. */
enum fdb_learned
fdb_learn(struct fdb *fdb, uint64_t key, uint16_t port, uint32_t now);

/*
 * Gives key, which was at `from`, to port; pin: as a pinned one. False: it is not there any more,
 * or port has as many as it may.
 */
bool
fdb_move(struct fdb *fdb, uint64_t key, const struct fdb_place *from, uint16_t port, uint32_t now,
	bool pin);

/*
 * Control thread: pins key to port, or unpins it (it then ages like a learned one).
 * fdb_pin(): false when the table has no room.
 */
bool
fdb_pin(struct fdb *fdb, uint64_t key, uint16_t port);
void
fdb_unpin(struct fdb *fdb, uint64_t key, uint32_t now);

/*
 * Control thread: a table of its own with the same addresses, but those that come and go meanwhile.
 * NULL: no memory.
 */
struct fdb *
fdb_clone(const struct fdb *fdb);
/* Control thread: sets how many addresses port may hold. Those it holds already stay. */
void
fdb_set_limit(struct fdb *fdb, uint16_t port, uint32_t limit);

/* Finds key; false: not in the table. */
bool
fdb_find(const struct fdb *fdb, uint64_t key, struct fdb_place *place);
/* Port of key, or FDB_NONE. */
uint16_t
fdb_lookup(const struct fdb *fdb, uint64_t key);

/* Whether port has as many as it may. */
bool
fdb_is_full(const struct fdb *fdb, uint16_t port);
/* Whether a port has any address. */
bool
fdb_holds(const struct fdb *fdb, uint16_t port);

/*
 * Control thread: scans the next `slice` buckets and removes entries that were silent for more
 * than `ageing` seconds. Returns how many were removed.
 */
uint32_t
fdb_age(struct fdb *fdb, uint32_t now, uint32_t ageing, uint32_t slice);

/* Control thread: forgets every address of port. */
uint32_t
fdb_flush_port(struct fdb *fdb, uint16_t port);

/* Control thread: calls visit for each entry until it returns false. */
void
fdb_walk(const struct fdb *fdb, uint32_t now, bool (*visit)(const struct fdb_view *, void *),
	void *arg);

/* The same, from a place on; beyond the last there is nothing. */
void
fdb_walk_from(const struct fdb *fdb, uint32_t now, uint32_t place,
	bool (*visit)(const struct fdb_view *, void *), void *arg);

void
fdb_get_stats(const struct fdb *fdb, struct fdb_stats *stats);
uint32_t
fdb_buckets(const struct fdb *fdb);

#endif
