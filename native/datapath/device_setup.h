/*
 * Shared by device.c (frames), device_open.c (which device), device_setup.c (the device),
 * device_filter.c (its filters) and device_sort.c (who assigns its frames to guests).
 */
#ifndef DEVICE_SETUP_H
#define DEVICE_SETUP_H

#include <rte_ethdev.h>

#include "device.h"
#include "vlan.h"
#include "vmdq.h"

#include "../base/contract.h"
#include "../base/sizes.h"
#include "../host/host_port.h"
#include "../host/packet_socket.h"
#include "../vhost/guest.h"

#define DEVICE_MAX_FILTERS 128
#define DEVICE_WHY_MAX 160
#define BOND_MEMBERS LIMIT_BOND_MEMBERS

/* How a device is opened. */
struct device_wish {
	bool per_guest;   /* frames have a tag per guest; VMDq where there is any */
	bool software;    /* such a device: sorted by us, whatever the NIC can */
	bool promiscuous; /* such a device: broadcast and multicast reach guests, too */
	bool vlan_strip;  /* such a device: guests get frames without the tag */
	bool large;       /* the device's largest MTU */
	bool loopback;    /* --vm2vm 2 */
	bool checksums;   /* --tx-csum: the device completes them where it can */
	uint32_t n_mbufs; /* at least */
};

struct device_filter {
	struct rte_ether_addr mac;
	uint16_t port;
	uint64_t key; /* of the table's entry that was last found for it; 0: none was */
};

struct device {
	struct device *next; /* of those that are no port's */
	char name[DEVICE_NAME_MAX + 1];
	struct device_wish wish;
	struct guest *none; /* without rings */
	/* A packet socket (device_packet.h): DPDK knows nothing of it. */
	struct packet_socket *packet; /* NULL: it is DPDK's */
	struct host_port *host;       /* NULL: the interface is gone */
	char interface[INTERFACE_NAME_MAX + 1];
	struct host_counts earlier; /* of those before */
	int told;                   /* errno in the log, when it could not be taken again */
	/* A bond (device_bond.h). */
	char bond[RTE_ETH_NAME_MAX_LEN]; /* "": it is none */
	uint16_t n_bond_members;
	uint16_t bond_member[BOND_MEMBERS]; /* DPDK's ports */
	bool has_lacp; /* the driver speaks it, within bursts that are sent and received */
	/* DPDK's. */
	uint16_t port;
	bool started;
	bool changed; /* its wish, since it was set up */
	bool hidden;  /* from lcores; under the lock */
	uint16_t n_rx_queues, n_tx_queues;
	uint16_t mtu;
	uint32_t max_frame;
	struct rte_mempool *pool;
	bool strips;           /* the NIC strips tags */
	bool sorts_vlans;      /* its card passes the VLANs only that it was told of: a VF's */
	struct vlan_set vlans; /* those; control thread */
	bool tcp_sum, udp_sum; /* the device completes these checksums */
	bool leaves_out;       /* frames may come without theirs, and do not say so */
	bool has_vmdq;
	struct vmdq vmdq;         /* if it has */
	char why[DEVICE_WHY_MAX]; /* classification is in hardware, or not */
	char driver[32];
	/* Control thread. */
	uint16_t n_filters;
	struct device_filter filter[DEVICE_MAX_FILTERS];
	bool filters_full; /* the NIC passes everything; of one that reaches: was said */
	/* Of an SR-IOV card (device_reach.h). */
	bool reaches;
	bool reach_late;  /* some wait for the next second */
	bool reach_retry; /* the last error may be gone by then */
	uint32_t reach_pool;
	uint16_t reach_room; /* addresses that the card took at most; 0: its driver takes none */
	uint16_t reach_budget;
	uint64_t reach_missed, reach_missed_before; /* in all, and a second ago */
	uint64_t reach_refused[MAX_PORTS / 64 + 1]; /* ports that got no room in this second */
	bool link;                                  /* as it was last told */
	/* One per transmit queue, for the lcore that sends on it. */
	/* shared: written and read by the lcores that share the queue */
	bool tx_claimed[RTE_MAX_LCORE];
};

/* Configures and starts it. False: *what and *error say why; *error may be 0. */
bool
device_start(struct device *device, const char **what, int *error);
/*
 * Configures one that is stopped, as its wish is now, and starts it, with the memory that it has.
 * An error, or 0.
 */
int
device_start_anew(struct device *device);

/*
 * Addresses that the NIC has beside its own, device_filter_list.c. Control thread.
 * Its place in filter[]; -1: it is not there.
 */
int
device_filter_at(const struct device *device, const uint8_t mac[6]);
/* Of a mac that is not there. An error, such as -ENOSPC, or 0. */
int
device_filter_add(struct device *device, uint16_t port, const uint8_t mac[6], uint32_t pool);
/* The last one takes its place. */
void
device_filter_remove(struct device *device, uint16_t at);
void
device_drop_filters(struct device *device);

#endif
