#include <string.h>

#include "fdb.h"
#include "moves.h"
#include "news.h"
#include "vswitch.h"

/* Whether nobody is where an address was seen last. */
static bool
is_gone(const struct topology *topology, uint16_t port)
{
	return topology->index[port] < 0;
}

static bool
is_silent(const struct vswitch *sw, const struct fdb_place *place, uint32_t now)
{
	return place->seen + (uint64_t)setting(&sw->settings.hold) <= now;
}

/* One more in this second, if that is within the limit, whichever threads count. */
static bool
count_move(struct port *port, uint32_t now, uint32_t limit)
{
	uint64_t before = __atomic_load_n(&port->moves, __ATOMIC_RELAXED);
	uint32_t moves;

	do {
		moves = before >> 32 == now ? (uint32_t)before : 0;
		if (moves >= limit)
			return false;
	} while (!__atomic_compare_exchange_n(&port->moves, &before,
		(uint64_t)now << 32 | (moves + 1), true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

/* It was none after all: the address went elsewhere meanwhile, or the port has as many as it may.
 */
static void
take_move_back(struct port *port, uint32_t now)
{
	uint64_t before = __atomic_load_n(&port->moves, __ATOMIC_RELAXED);

	do {
		if (before >> 32 != now || !(uint32_t)before)
			return;
	} while (!__atomic_compare_exchange_n(
		&port->moves, &before, before - 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
}

/* Once a second: a guest may claim with each of its frames. */
static bool
refuse(struct vswitch *sw, struct port *port, uint64_t key, const struct fdb_place *place,
	uint32_t now)
{
	/* Not 0, which it is before the first. */
	if (__atomic_exchange_n(&port->refused_at, now + 1, __ATOMIC_RELAXED) != now + 1)
		news_post(sw, NEWS_HELD, port->id, key, place->port);
	return false;
}

bool
moves_to_guest(struct vswitch *sw, const struct topology *topology, const struct member *to,
	uint64_t key, const uint8_t mac[6], uint32_t now)
{
	bool own = to->has_mac && !memcmp(mac, to->mac, sizeof(to->mac));
	struct fdb_place place;

	/* Gone meanwhile, or come: the next frame learns. */
	if (!fdb_find(sw->fdb, key, &place) || place.port == to->id)
		return true;
	if (!own &&
		(place.pinned || !(is_silent(sw, &place, now) || is_gone(topology, place.port))))
		return refuse(sw, to->port, key, &place, now);
	if (!count_move(to->port, now, setting(&sw->settings.move_limit)))
		return refuse(sw, to->port, key, &place, now);
	if (fdb_move(sw->fdb, key, &place, to->id, now, own && place.pinned))
		news_post(sw, NEWS_MOVED, to->id, key, place.port);
	else
		take_move_back(to->port, now);
	return true;
}

bool
moves_to_device(struct vswitch *sw, const struct topology *topology, const struct member *to,
	uint64_t key, uint32_t now)
{
	bool comes_back = sw->vm2vm != VM2VM_SOFTWARE, gone;
	struct fdb_place place;

	if (!fdb_find(sw->fdb, key, &place) || place.port == to->id)
		return true;
	gone = is_gone(topology, place.port);
	if (!gone && (place.pinned || (comes_back && !is_silent(sw, &place, now))))
		return comes_back;
	if (fdb_move(sw->fdb, key, &place, to->id, now, false))
		news_post(sw, NEWS_MOVED, to->id, key, place.port);
	return true;
}
