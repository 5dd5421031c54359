/*
 * The usual frame, decided on in the loop itself: untagged, from a port that no policy is about, to
 * another in the same VLAN or in none as well, both addresses in the table, and the sender's where
 * it was seen in this second. So nothing is to be learnt or counted, and the frame leaves as it
 * came. For every other one classify() decides; for these it would say the same (classify_fuzz.c).
 */
#ifndef CLASSIFY_PLAIN_H
#define CLASSIFY_PLAIN_H

#include "classify_parts.h"
#include "fdb_table.h"

#include "../ring/headers.h"

/* Where a frame's addresses are, if they are in their first bucket. */
struct plain_look {
	struct bucket *source, *destination;
};

/* What all plain frames of a port have in common. */
struct plain {
	struct fdb *fdb;
	uint64_t rest;         /* of a key: all but the address */
	uint64_t seen, pinned; /* values of a source that need no change */
	uint64_t only;         /* the key of the only source that may send; 0: any */
	const struct topology *topology;
	uint16_t id, vlan;
};

/* False: no frame of this port is plain. now: in seconds. */
static inline bool
plain_begin(struct plain *plain, const struct vswitch *sw, const struct topology *topology,
	const struct member *from, uint32_t now)
{
	if (unlikely(from->relayed | from->is_trunk | from->isolated) ||
		unlikely(sw->vm2vm != VM2VM_SOFTWARE))
		return false;
	*plain = (struct plain){
		.fdb = sw->fdb,
		.rest = fdb_key((const uint8_t[6]){0}, from->vlan, from->vlan),
		.seen = value_of(from->id, now),
		.pinned = value_of(from->id, 0) | VALUE_PINNED,
		.topology = topology,
		.id = from->id,
		.vlan = from->vlan,
	};
	if (unlikely(from->only_mac))
		plain->only = fdb_key(from->mac, from->vlan, from->vlan);
	return true;
}

/* Prefetches what plain_place() reads. */
static inline void
plain_fetch(const struct plain *plain, const struct frame *frame, struct plain_look *look)
{
	look->source =
		fdb_fetch(plain->fdb, fdb_key_in(frame->head + RTE_ETHER_ADDR_LEN, plain->rest));
	look->destination = fdb_fetch(plain->fdb, fdb_key_in(frame->head, plain->rest));
}

/* The value that a key has in its first bucket; false: it is not there. */
static inline bool
plain_find(struct bucket *bucket, uint64_t key, uint64_t *value)
{
	unsigned int ways = ways_of(bucket, key);

	return likely(ways) && likely(entry_value(way_of(bucket, __builtin_ctz(ways)), key, value));
}

/*
 * Place of the member that gets the frame, as it is; below 0: it is not plain. A source in the
 * table is one that may be there, and a destination there is no group.
 */
static inline int
plain_place(const struct plain *plain, const struct frame *frame, const struct plain_look *look)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)frame->head;
	uint64_t source = fdb_key_in(frame->head + RTE_ETHER_ADDR_LEN, plain->rest), value;
	const struct member *to;
	uint16_t id;
	int place;

	if (unlikely(frame->length < sizeof(*eth)) || unlikely(is_tag_type(eth->ether_type)))
		return -1;
	if (!plain_find(look->source, source, &value) ||
		unlikely(value != plain->seen && value != plain->pinned) ||
		unlikely(plain->only && plain->only != source))
		return -1;
	if (!plain_find(look->destination, fdb_key_in(frame->head, plain->rest), &value))
		return -1;
	id = value_port(value);
	if (unlikely(id == FDB_NONE) || unlikely(id == plain->id))
		return -1;
	place = plain->topology->index[id];
	if (unlikely(place < 0))
		return -1;
	to = &plain->topology->member[place];
	return likely(to->vlan == plain->vlan) && likely(!to->is_trunk) ? place : -1;
}

#endif
