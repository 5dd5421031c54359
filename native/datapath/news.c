#include <rte_ether.h>
#include <rte_ring.h>

#include "events.h"
#include "fdb.h"
#include "news.h"
#include "device.h"
#include "vswitch.h"

#include "../base/log.h"

/* A guest that invents addresses must not fill the log: lines a call. */
#define LEARNED_LINES 16
/* Nor one that claims others': lines a second. */
#define MOVE_LINES 4
#define ROOM 4096

struct rte_ring *
news_create(void)
{
	return rte_ring_create_elem(
		"news", sizeof(struct news_item), ROOM, SOCKET_ID_ANY, RING_F_SC_DEQ);
}

/* The sample's line. */
static void
log_learned(const struct vswitch *sw, uint16_t port, const uint8_t mac[6])
{
	rte_log(RTE_LOG_INFO, RTE_LOGTYPE_USER1,
		"VHOST_DATA: (%u) mac " RTE_ETHER_ADDR_PRT_FMT " and vlan %u registered\n", port,
		mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], port_tag(&sw->ports[port]));
}

static void
log_move(struct vswitch *sw, enum news what, uint16_t port, const uint8_t mac[6])
{
	struct news_log *log = &sw->news_log;
	uint32_t now = vswitch_now(sw);

	if (log->second != now) {
		if (log->lines > MOVE_LINES)
			LOG(INFO, "%u more addresses moved, or were claimed in vain",
				log->lines - MOVE_LINES);
		*log = (struct news_log){.second = now};
	}
	if (log->lines++ >= MOVE_LINES)
		return;
	LOG(INFO, "%s: address " RTE_ETHER_ADDR_PRT_FMT "%s", sw->ports[port].config.name, mac[0],
		mac[1], mac[2], mac[3], mac[4], mac[5],
		what == NEWS_MOVED ? " moved here"
				   : " is in use elsewhere; frames from it are dropped");
}

static void
take_address(struct vswitch *sw, const struct news_item *item, unsigned int *learned)
{
	static const enum event_name names[] = {[NEWS_LEARNED] = EVENT_ADDRESS_LEARNED,
		[NEWS_MOVED] = EVENT_ADDRESS_MOVED,
		[NEWS_HELD] = EVENT_ADDRESS_REFUSED};
	uint8_t mac[6];
	uint16_t vlan;

	fdb_key_address(item->key, mac, &vlan);
	if (item->what != NEWS_LEARNED)
		log_move(sw, item->what, item->port, mac);
	else if ((*learned)++ < LEARNED_LINES)
		log_learned(sw, item->port, mac);
	event_note_address(sw, names[item->what], &sw->ports[item->port], item->key, item->from);
	if (item->what != NEWS_HELD)
		devices_accept(sw, item->port, mac);
}

void
news_take(struct vswitch *sw)
{
	unsigned int learned = 0;
	struct news_item item;

	if (__atomic_exchange_n(&sw->news_lost, false, __ATOMIC_ACQUIRE))
		devices_accept_all(sw);
	/* What is posted meanwhile waits: guests must not keep this thread here. */
	for (unsigned int n = rte_ring_count(sw->news);
		n > 0 && rte_ring_dequeue_elem(sw->news, &item, sizeof(item)) == 0; n--) {
		if (!sw->ports[item.port].used)
			continue;
		if (item.what < NEWS_UP)
			take_address(sw, &item, &learned);
		else
			event_note(sw, item.what == NEWS_UP ? EVENT_PORT_UP : EVENT_PORT_DOWN,
				&sw->ports[item.port]);
	}
	if (learned > LEARNED_LINES)
		LOG(INFO, "%u more addresses registered", learned - LEARNED_LINES);
}
