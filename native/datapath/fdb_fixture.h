/*
 * Test fixture: keys by number, and the table's counters as a value.
 */
#ifndef FDB_FIXTURE_H
#define FDB_FIXTURE_H

#include "fdb.h"

static inline uint64_t
key(uint32_t n, uint16_t vlan)
{
	uint8_t mac[6] = {0x02, 0, n >> 24, n >> 16, n >> 8, n};

	return fdb_key(mac, vlan, false);
}

static inline struct fdb_stats
stats(const struct fdb *fdb)
{
	struct fdb_stats s;

	fdb_get_stats(fdb, &s);
	return s;
}

#endif
