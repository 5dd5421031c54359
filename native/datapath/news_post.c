#include <rte_ring.h>

#include "news.h"
#include "vswitch.h"

void
news_post(struct vswitch *sw, enum news what, uint16_t port, uint64_t key, uint16_t from)
{
	struct news_item item = {.key = key, .port = port, .from = from, .what = what};

	if (!rte_ring_enqueue_elem(sw->news, &item, sizeof(item)))
		return;
	__atomic_store_n(&sw->news_lost, true, __ATOMIC_RELEASE);
	__atomic_fetch_add(&sw->news_missed, 1, __ATOMIC_RELAXED);
}
