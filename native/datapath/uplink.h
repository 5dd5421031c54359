/*
 * The one port that leads out of the host: any DPDK Ethernet device.
 *
 * A NIC with VMDq sorts frames into pools by VLAN and address in hardware: pool 0 stays the
 * host's, VLAN 1000 + i goes to one of the others. The mapping of pools to queues differs per NIC,
 * and some NICs pass frames that belong to nobody; so all queues are polled, and every frame is
 * checked again in software (classify.h). The NIC's filters keep foreign frames out. Frames of any
 * other device are classified in software alone, with the same results.
 *
 * Threads: forwarding lcores receive and send, each on its share of the queues. The control thread
 * starts, stops, sets filters and reads counters.
 */
#ifndef UPLINK_H
#define UPLINK_H

#include <stdbool.h>
#include <stdint.h>

struct frame;
struct rte_mbuf;
struct uplink;
struct vswitch;

struct uplink_options {
	uint64_t port_mask; /* one bit: the DPDK port */
	bool promiscuous;   /* --promiscuous: broadcast and multicast reach guests, too */
	bool vlan_strip;    /* guests get frames without the tag */
	bool large;         /* the device's largest MTU */
	bool loopback;      /* --vm2vm 2 */
	bool checksums;     /* --tx-csum: the device completes them where it can */
	uint32_t n_mbufs;   /* at least */
};

/* Configures and starts. NULL with a line on stderr that starts with "vhost-switch: ". */
struct uplink *
uplink_start(const struct uplink_options *options);
void
uplink_stop(struct uplink *uplink);

bool
uplink_is_promiscuous(const struct uplink *uplink);
/* Largest frame that it accepts, tag included, without FCS. */
uint32_t
uplink_max_frame(const struct uplink *uplink);

/*
 * Control thread: has the NIC pass frames for mac to port's pool. uplink_refresh() removes filters
 * of addresses that are no longer in the table.
 */
void
uplink_accept(struct uplink *uplink, uint16_t port, const uint8_t mac[6]);
void
uplink_refresh(struct uplink *uplink, const struct vswitch *sw);
/* Control thread: warns when the NIC has no filter for a port's tag. */
void
uplink_accept_vlan(struct uplink *uplink, uint16_t tag);

/* Number of queues, to be shared out over lcores. */
uint16_t
uplink_rx_queues(const struct uplink *uplink);

/* Forwarding lcores. Receives up to n frames of a queue; the caller frees them. */
uint16_t
uplink_receive(struct uplink *uplink, uint16_t queue, struct rte_mbuf **mbufs, uint16_t n);

/*
 * Makes a frame of a received mbuf, without its tag if guests get none. *tag: its VLAN id, -1:
 * none. False: it has too many segments.
 */
struct ring_segment;
bool
uplink_frame(const struct uplink *uplink, const struct rte_mbuf *mbuf, struct frame *frame,
	struct ring_segment *segments, uint16_t n_segments, int *tag);

/*
 * Whether the device finishes such an unfinished frame; if not, it is completed before it is
 * sent.
 */
bool
uplink_takes(const struct uplink *uplink, const struct frame *frame);

/* Result of uplink_send(); the sum is n. */
struct uplink_sent {
	uint16_t sent, full, no_buffer, too_long;
	uint16_t refused; /* by the driver, which was asked to finish them */
	uint64_t bytes;
};

/* Copies n (<= BURST) frames, each with its tag, and sends them on the lcore's queue. */
struct uplink_sent
uplink_send(struct uplink *uplink, uint16_t lcore, const struct frame *const *frames,
	const uint16_t *tags, uint16_t n);

#endif
