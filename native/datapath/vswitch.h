/*
 * The switch as a whole: ports, addresses, lcores, settings.
 */
#ifndef VSWITCH_H
#define VSWITCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_rcu_qsbr.h>

#include "port.h"

struct capture;
struct captures;
struct events;
struct lcore;
struct rte_ring;
struct state;

/* Settings that may change at run time. Read by setting(). */
struct settings {
	/* ageing, idle_sleep and so on (PROTOCOL.md, "Types") */
	/* shared: written by the control thread, read by all */
#define SETTING(key, option, min, max, standard) uint32_t key;
	EACH_SWITCH_SETTING(SETTING)
#undef SETTING
};

static inline uint32_t
setting(const uint32_t *field)
{
	return __atomic_load_n(field, __ATOMIC_RELAXED);
}

static inline void
setting_change(uint32_t *field, uint32_t value)
{
	__atomic_store_n(field, value, __ATOMIC_RELAXED);
}

/* Lines about addresses that moved, in a second; the control thread's. */
struct news_log {
	uint32_t second, lines;
};

/* --vm2vm */
enum vm2vm {
	VM2VM_UPLINK,   /* every frame goes to the device with a tag per guest */
	VM2VM_SOFTWARE, /* switched here */
	VM2VM_HARDWARE, /* the NIC's own switch decides */
};

struct vswitch {
	struct port ports[MAX_PORTS];
	uint16_t n_ports;
	struct device *devices; /* opened and no port's yet; the control thread's */
	uint16_t n_device_ports;
	pthread_mutex_t lock;          /* ports' guests, and publishing */
	struct topology topologies[2]; /* one is published, the other is free or being filled */
	/* shared: written under the lock, read by forwarding lcores */
	struct topology *topology;
	struct rte_rcu_qsbr *readers;
	/* Those that run: written under the lock before a topology has their bits, or after. */
	struct capture *capture[LIMIT_CAPTURES];
	struct fdb *fdb;
	struct counters
		*counters[RTE_MAX_LCORE]; /* by port; of lcores that there are, on their nodes */
	struct lcore *lcores[RTE_MAX_LCORE];
	int lcore_node[RTE_MAX_LCORE];    /* NUMA; -1: not known */
	uint64_t balanced[RTE_MAX_LCORE]; /* ports that the balancer moved there */
	struct rte_ring *news;            /* from other threads to the control thread (news.h) */
	/* shared: written by all, read and cleared by the control thread */
	bool news_lost; /* the queue was full: the table must be gone through */
	/* shared: written by those who post, read and cleared by the control thread */
	uint64_t news_missed; /* how often that was so */
	struct news_log news_log;
	struct events *events; /* for those who watch (events.h) */
	/* shared: written by the control thread, read by all */
	uint32_t now; /* seconds since start */
	/* shared: written by the control thread, read by forwarding lcores */
	bool stop;
	/* shared: written by the control thread, read by forwarding lcores */
	uint32_t pairs_until; /* the second from which on they count no pairs (pairs.h) */
	struct settings settings;
	/* Fixed while lcores forward. */
	bool mergeable;
	bool running;     /* it has given its rights up */
	uint32_t n_mbufs; /* of each device, at least */
	bool promiscuous; /* from devices with a tag per guest: what is for nobody in particular */
	bool vlan_strip;  /* of frames from them */
	enum vm2vm vm2vm;
	uint32_t max_frame; /* bytes without FCS */
	/* Offered to guests; tso not without tx_csum. */
	bool tx_csum;
	bool tso;
	uint64_t features_off;     /* virtio's, as bits, never offered */
	bool finishes;             /* frames that others leave unfinished: guests, or devices */
	struct captures *captures; /* the control room's */
	struct state *state;       /* the control room's; NULL: ports are not kept over a restart */
};

/* Seconds since start. */
static inline uint32_t
vswitch_now(const struct vswitch *sw)
{
	return __atomic_load_n(&sw->now, __ATOMIC_RELAXED);
}

/*
 * An empty switch; the caller fills in the settings. NULL: no memory. After rte_eal_init(), as
 * its size depends on the lcores.
 */
struct vswitch *
vswitch_create(void);
/* Lets guests come. After the settings are final, before the first port. */
void
vswitch_serve(struct vswitch *sw);
/*
 * Removes every port and its socket. No lcore may forward any more; their states go afterwards, as
 * each port that goes, and each guest until then, wakes them (lcores_wake()).
 */
void
vswitch_empty(struct vswitch *sw);
/* The same, and all that is left. */
void
vswitch_destroy(struct vswitch *sw);

#endif
