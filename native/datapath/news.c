#include <rte_ether.h>
#include <rte_ring.h>

#include "fdb.h"
#include "news.h"
#include "device.h"
#include "vswitch.h"

#include "../base/log.h"

/* A guest that invents addresses must not fill the log: lines a call. */
#define LEARNED_LINES 16
/* Nor one that claims others': lines a second. */
#define MOVE_LINES 4

/* An item of the queue: never NULL, which it could not hold. */
#define ITEM (1ULL << 63)
#define WHAT_AT 61
#define PORT_AT 48
#define PORT_MASK 0xfff

void
news_post(struct vswitch *sw, enum news what, uint16_t port, const uint8_t mac[6])
{
	uint64_t item = ITEM | (uint64_t)what << WHAT_AT | (uint64_t)port << PORT_AT;

	for (int i = 0; i < 6; i++)
		item |= (uint64_t)mac[i] << (8 * i);
	if (rte_ring_enqueue(sw->news, (void *)(uintptr_t)item)) /* NOLINT: a value */
		__atomic_store_n(&sw->news_lost, true, __ATOMIC_RELEASE);
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

void
news_take(struct vswitch *sw)
{
	unsigned int learned = 0;
	void *entry;

	if (__atomic_exchange_n(&sw->news_lost, false, __ATOMIC_ACQUIRE))
		devices_accept_all(sw);
	while (rte_ring_dequeue(sw->news, &entry) == 0) {
		uint64_t item = (uintptr_t)entry;
		enum news what = item >> WHAT_AT & 3;
		uint16_t port = item >> PORT_AT & PORT_MASK;
		uint8_t mac[6];

		for (int i = 0; i < 6; i++)
			mac[i] = item >> (8 * i);
		if (!sw->ports[port].used)
			continue;
		if (what != NEWS_LEARNED)
			log_move(sw, what, port, mac);
		else if (learned++ < LEARNED_LINES)
			log_learned(sw, port, mac);
		if (what != NEWS_HELD)
			devices_accept(sw, port, mac);
	}
	if (learned > LEARNED_LINES)
		LOG(INFO, "%u more addresses registered", learned - LEARNED_LINES);
}
