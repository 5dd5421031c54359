/*
 * A port that leads out of the host, or to another program: any DPDK Ethernet device.
 *
 * A device with a tag per guest (VLAN mode per-guest) may be a NIC with VMDq, which sorts frames
 * into pools by VLAN and address in hardware: pool 0 stays the host's, VLAN 1000 + i goes to one of
 * the others. The mapping of pools to queues differs per NIC, and some NICs pass frames that belong
 * to nobody; so all queues are polled, and every frame is checked again in software (classify.h).
 * The NIC's filters keep foreign frames out. Frames of any other device are classified in software
 * alone, with the same results; and so are those of a NIC with VMDq as soon as a port has a VLAN
 * that its maps do not know (device_sort.c).
 *
 * Threads: forwarding lcores receive and send, each on its share of the queues. The control thread
 * opens, closes, sets filters and reads counters.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stdint.h>

struct burst;
struct device;
struct frame;
struct guest;
struct host_counts;
struct port;
struct port_config;
struct ring_segment;
struct rte_mbuf;
struct vswitch;

#define DEVICE_PROBLEM_MAX 320

/*
 * Opens, configures and starts a device: one that the EAL has, or a new one. name: as the EAL takes
 * it, a PCI address or a driver with settings. per_guest: frames have a tag per guest, and VMDq
 * sorts them where there is any. A running switch opens only devices that need no rights. NULL:
 * problem says what is wrong and what to do.
 */
struct device *
device_open(const struct vswitch *sw, const char *name, bool per_guest,
	char problem[DEVICE_PROBLEM_MAX]);
/* No lcore may use it any more. */
void
device_close(struct device *device);

/*
 * Devices of no port: those that need rights, which a switch has only when it starts, before they
 * have one and after it was removed. devices_take() gives NULL when there is none of that name.
 */
void
devices_keep(struct vswitch *sw, struct device *device);
struct device *
devices_take(struct vswitch *sw, const char *name);
void
devices_close(struct vswitch *sw);
/*
 * Stops one of PCI's that its port leaves: no frames wait in it for the next one, and its card
 * knows neither VLANs nor addresses of that port's any more. False: it is none, or does not stop.
 * device_wake() starts it, if it was stopped; false, with a log line: it does not.
 */
bool
device_rest(struct device *device);
bool
device_wake(struct device *device);

/*
 * Whether a device takes rights that a running switch has given up. Drivers that do not ask the
 * kernel for nothing more, nor wait for anybody: others would end the switch, or hold up all
 * commands.
 */
bool
device_needs_rights(const char *name);
/* Whether a driver of DPDK's asks hardware and the kernel for things while the switch runs. */
bool
device_needs_drivers(const char *name);

bool
device_is_per_guest(const struct device *device);
/* Whether its frames may be unfinished, so that lcores must be able to finish them. */
bool
device_leaves_out(const struct device *device);
/*
 * A device of DPDK's has a guest without rings: what forwarding does with a guest's, it does with
 * none. One with rings has those of its packet socket (device_packet.h), and forwarding sees a
 * guest; device_send() and what goes with it are not for it. NULL: the device is hidden. Under the
 * lock, as is device_hide().
 */
struct guest *
device_guest(struct device *device);
bool
device_has_rings(const struct device *device);
/* Whether its interface, if it is one of the kernel's, is there. */
bool
device_is_there(const struct device *device);
/* What its packet socket has counted. */
void
device_count(const struct device *device, struct host_counts *counts);

/*
 * Whether it lost the other side and dials again only when it is started anew, which no lcore may
 * see: a memif's client does. Or its interface is gone, and has to be taken again.
 */
bool
device_must_redial(const struct device *device);
/* Of a hidden one. False, with a log line: it is not started. */
bool
device_redial(struct device *device);
void
device_hide(struct device *device, bool hidden);

/*
 * Control thread: has NICs with VMDq pass frames for mac to port's pool, and functions of an SR-IOV
 * card have it as one of theirs (device_reach.h). device_refresh(), each second, removes filters of
 * addresses that are no longer in the table, and looks at the link.
 */
void
devices_accept(struct vswitch *sw, uint16_t port, const uint8_t mac[6]);
/* Control thread: the same for every address in the table. */
void
devices_accept_all(struct vswitch *sw);
void
device_refresh(struct device *device, struct vswitch *sw);
/*
 * Control thread, of a port that is new or has changed: NICs with VMDq whose maps do not know its
 * VLANs pass all frames from now on, and are sorted in software. All guests behind such a NIC lose
 * the link for a moment, so it happens once: it stays so as long as the device is open.
 */
void
devices_sort(struct vswitch *sw, const struct port *port);

/*
 * Control thread, of its port, which is new or has changed: a VF's card is told which VLANs to
 * pass, as many cards pass no others. A log line when it does not take one.
 */
void
device_follow_vlans(struct device *device, const struct port_config *config);

/* The NUMA node that it is on, of a bond its first member's; -1: none, or not known. */
int
device_node(const struct device *device);

/* Number of queues, to be shared out over lcores. */
uint16_t
device_rx_queues(const struct device *device);

/* Forwarding lcores. Receives up to n frames of a queue; the caller frees them. */
uint16_t
device_receive(struct device *device, uint16_t queue, struct rte_mbuf **mbufs, uint16_t n);

/*
 * Makes a frame of a received mbuf. tag: NULL, and the frame has the tag that it came with; else it
 * is without it if guests get none, and *tag is its VLAN id, -1: none. False: it has too many
 * segments.
 */
bool
device_frame(const struct device *device, const struct rte_mbuf *mbuf, struct frame *frame,
	struct ring_segment *segments, uint16_t n_segments, int *tag);

/*
 * A burst of received mbufs as buffers in one piece each, for ring_heads(). False: some are not, or
 * ask for work on the frame, so that device_frame() has to make each.
 */
bool
device_burst(const struct device *device, struct rte_mbuf *const *mbufs, uint16_t n,
	struct burst *burst);

/* Frees received mbufs. */
void
device_free(struct rte_mbuf **mbufs, uint16_t n);

/*
 * Whether the device finishes such an unfinished frame; if not, it is completed before it is
 * sent.
 */
bool
device_takes(const struct device *device, const struct frame *frame);

/* Control thread: whether it has a link; a driver that does not say has one. */
bool
device_link_is_up(const struct device *device);

/* Result of device_send(); the sum is n. */
struct device_sent {
	uint16_t sent, full, no_buffer, too_long;
	uint16_t reserved; /* LACP's, which the device speaks itself */
	uint16_t refused;  /* by the driver, which was asked to finish them */
	uint64_t bytes;
	/* Which of the frames these were. */
	uint32_t reserved_at, too_long_at, refused_at;
};

/* Copies n (<= BURST) frames, and sends them on the lcore's queue. */
struct device_sent
device_send(struct device *device, uint16_t lcore, const struct frame *const *frames, uint16_t n);

#endif
