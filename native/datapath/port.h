/*
 * The table of ports, and the topology that forwarding reads.
 *
 * Threads: the control thread adds, changes and removes ports; rte_vhost's threads bring guests up
 * and take them down (../vhost). Both do so under the table's lock, and then publish a new
 * topology: an immutable list of the ports that are up. Forwarding lcores load the topology once
 * per round and report a quiescent state after it, so the former topology's guests may be freed
 * when topology_publish() returns.
 */
#ifndef PORT_H
#define PORT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "counters.h"
#include "device.h"
#include "flood.h"
#include "guard.h"
#include "meter.h"
#include "vlan.h"

#include "../base/sizes.h"
#include "../vhost/vhost.h"

#define PORT_ANY (-1)
/* Tag of port i at a device that carries a tag per guest, unless the port has a VLAN of its own. */
#define GUEST_TAG_BASE 1000

struct host_port;
struct vswitch;

/*
 * Settings of a port. Name, path, interface, device and listener are fixed while the port exists.
 */
struct port_config {
	char name[PORT_NAME_MAX + 1];
	char path[SOCKET_PATH_MAX + 1];         /* "": it has an interface or a device */
	char interface[INTERFACE_NAME_MAX + 1]; /* of the host; "": none */
	char device[DEVICE_NAME_MAX + 1];       /* of DPDK; "": none */
	enum listener listener;
	enum vlan_mode vlan_mode;
	enum link link;
	struct vlan_set trunks; /* of a trunk; null is all of them */
	bool has_mac;   /* an address of its own; with other_macs 0, the only one it may use */
	uint8_t mac[6]; /* wire order */
	char peer_label[PEER_LABEL_MAX + 1]; /* of its guest's QEMU; "": any */
	char relay[PORT_NAME_MAX + 1];       /* that it is an end of; "": it is switched */
	struct guards guards;

	/* vlan, address_limit and so on: PROTOCOL.md, "Types" */
#define NUMBER(type, key, min, max, standard) type key;
	EACH_PORT_NUMBER(NUMBER)
#undef NUMBER
};

/* The lcore that an operator chose, and the processor that it ran on. */
struct lcore_choice {
	int16_t lcore, cpu;
};
#define NO_CHOICE ((struct lcore_choice){-1, -1})

/* Who polls one of a port's queue pairs (port_place.h). */
struct queue {
	uint16_t lcore;             /* if it is `placed`; else the port's */
	bool placed;                /* it has an lcore of its own */
	bool pinned;                /* which an operator has chosen */
	bool chosen;                /* an operator has chosen one; no lcore may be there */
	bool between_lcores;        /* nobody polls it, for a moment */
	struct lcore_choice choice; /* the operator's */
};

struct port {
	struct port_config config;
	uint16_t id;
	bool used;
	/*
	 * The lcore that polls this port, as far as its queue pairs have none of their own
	 * (port_place.h); written by the control thread.
	 */
	unsigned int lcore;
	uint8_t linkless;           /* how often its device had no link; link.h */
	bool link_down;             /* link.h */
	bool pinned;                /* an operator has chosen it */
	bool between_lcores;        /* nobody polls it, for a moment */
	struct lcore_choice choice; /* the operator's, though no lcore may be on that processor */
	/* By queue pair; written by the control thread and, when a pair comes, by rte_vhost's,
	 * under the lock. */
	struct queue queue[GUEST_MAX_PAIRS];
	/* One of the three (port_guest.h); the control thread's, and under the lock. */
	struct vhost_socket vhost;
	struct device *device;  /* NULL: none */
	struct host_port *host; /* NULL: no interface, or it is not there */
	int interface_error;    /* errno of the last time that it could not be taken, 0: it was */
	int interface_told;     /* the one in the log */
	char device_problem[DEVICE_PROBLEM_MAX]; /* why there is none, when it cannot be opened */
	uint64_t captures;                       /* that its frames go to (capture.h) */
	struct port *far;                        /* the other end of its relay; NULL: none */
	struct flood_bucket flood;
	struct meter inbound, outbound;
	struct learned learned; /* for its guards */
	/* How often QEMU may have its guest announced, whatever the port's limit is. */
	struct flood_bucket announcements;
	/*
	 * Announcements that went nowhere (announce.h), and what an interface that is gone had not
	 * taken; written under the lock.
	 */
	struct counters refused;
	/* Addresses that it took from others (moves.h). */
	/* shared: written and read by forwarding lcores and rte_vhost's threads */
	uint64_t moves; /* second << 32 | how many in it */
	/* shared: written and read by forwarding lcores and rte_vhost's threads */
	uint32_t refused_at; /* second after the last claim in vain that was reported */
};

/* One port of a topology: a copy of the fields that forwarding needs. */
struct member {
	struct port *port;
	struct guest *guest; /* of a device: one without rings */
	struct device *dpdk; /* a device whose frames are mbufs; NULL: they are in rings */
	uint64_t captures;   /* as its port's */
	uint32_t flood_limit;
	uint16_t id;
	uint16_t vlan;
	uint16_t tag; /* at devices with a tag per guest */
	enum vlan_mode mode : 8;
	bool is_device;
	bool open;     /* frames keep the tags that they have */
	bool is_trunk; /* or a device with a tag per guest: `vlan` is not all that it carries */
	bool isolated; /* from others that are */
	bool limited;  /* topology->rates is to be looked at */
	bool guarded;  /* what it sends has to pass topology->guards, */
	bool watched;  /* or what it gets */
	bool choosy;   /* limited or watched */
	bool has_mac;  /* an address of its own, */
	bool only_mac; /* and no other */
	uint8_t mac[6];
	bool relayed; /* all that it sends goes to */
	uint16_t far; /* the port with this id; its own: to none */
};
_Static_assert(sizeof(struct member) <= 64, "a line of the cache");

#define LCORE_NOBODY UINT16_MAX
/* There is no guest, or no link. */
enum { PLACE_NONE = -1, PLACE_NO_LINK = -2 };

/* Queue pairs of a port that one lcore polls. */
struct polled_port {
	uint16_t place; /* of its member */
	uint16_t n;
	uint32_t first; /* of them, in the topology's pair[] */
};
/* Each pair is one lcore's, so there are no more. */
#define MAX_POLLED (MAX_PORTS * GUEST_MAX_PAIRS)

/* The ports that are up, and who polls them. Never changed once published. */
struct topology {
	uint32_t number; /* differs from that of the one before, and of those before that */
	uint16_t n;
	uint16_t n_devices;
	int16_t per_guest;        /* place of a device with a tag per guest, -1: none */
	int16_t index[MAX_PORTS]; /* place of a port id in member[]; PLACE_NONE, PLACE_NO_LINK */
	int16_t tagged[N_TAGS];   /* the member in no VLAN that has that tag, -1: none */
	uint64_t captures[MAX_PORTS]; /* by port id, whether it is a member or not */
	/*
	 * Places of members to which frames of a VLAN may go. Those without trunks, a list for each
	 * VLAN, -1: its end; and all trunks, as each says itself what it carries.
	 */
	int16_t first[N_TAGS], last[N_TAGS], next[MAX_PORTS];
	uint16_t trunk[MAX_PORTS], n_trunks;
	/* Devices of DPDK's; who polls their queues. */
	struct polled_device {
		uint16_t place;
		uint16_t first; /* index of the lcore that polls queue 0; LCORE_NOBODY */
		bool alone;     /* all other queues, too; else the lcores that follow have them */
	} device[MAX_PORTS];
	struct vlan_set carried; /* VLANs that members are in, devices with a tag per guest aside */
	/* What an lcore polls: of poll[], from `begin` to before `end`. */
	struct {
		uint32_t begin, end;
	} polled[RTE_MAX_LCORE];
	struct member member[MAX_PORTS];
	struct vlan_set trunks[MAX_PORTS]; /* of members that are trunks */
	struct {
		struct bandwidth in, out;
	} rates[MAX_PORTS];              /* of members that are limited, or choosy */
	struct guards guards[MAX_PORTS]; /* of members that are guarded, or watched */
	struct polled_port poll[MAX_POLLED];
	uint8_t pair[MAX_POLLED]; /* numbers of enabled queue pairs, by poll[] */
};
_Static_assert(GUEST_MAX_PAIRS <= UINT8_MAX + 1, "pair[] holds them");

/* An empty one, and one more member, whose trunks matter if it is one. */
void
topology_clear(struct topology *topology);
void
topology_add(struct topology *topology, const struct member *member, const struct vlan_set *trunks);

/* The member that a port with these settings is, but for whom it has behind it. */
struct member
member_of(const struct port_config *config, uint16_t id);

/* The relays' ends find each other, under the lock: a port is new, has changed, or goes. */
void
relay_join(struct vswitch *sw);

/* The VLANs in which a device with a tag per guest has frames for such a port. */
void
port_vlans(const struct port_config *config, uint16_t id, struct vlan_set *vlans);

enum port_result {
	PORT_ADDED,
	PORT_SAME,     /* exists with these settings */
	PORT_CONFLICT, /* name, path or interface belongs to a port with other settings */
	PORT_FULL,
	PORT_PATH_TAKEN, /* the path exists and is no stale socket */
	PORT_NO_FOLDER,  /* its folder, says errno; see guest_folder.h */
	PORT_RELAY_FULL, /* the relay has two ends */
	PORT_TAG_TAKEN,  /* its VLAN is the tag of a port without one, or vice versa */
	PORT_NO_DEVICE,  /* it cannot be opened: *port's device_problem */
	PORT_FAILED,     /* rte_vhost refused */
};

/* The default settings of a port. */
void
port_config_init(struct port_config *config);

/* Whether its guest may send from its own address only. */
bool
port_has_only_mac(const struct port_config *config);

bool
port_config_same(const struct port_config *a, const struct port_config *b);

/*
 * Control thread. id: the wanted number, used if it is free (it decides the tag); or PORT_ANY.
 * *port: the added, same or conflicting one, or NULL.
 */
enum port_result
port_add(struct vswitch *sw, const struct port_config *config, int id, struct port **port);
void
port_remove(struct vswitch *sw, struct port *port);

/* Control thread: new settings; name, path, interface and listener must be unchanged. */
void
port_change(struct vswitch *sw, struct port *port, const struct port_config *config);
/* Control thread, now and then: repairs what a race may have undone. */
void
port_refresh(struct vswitch *sw, struct port *port);

struct port *
port_by_name(struct vswitch *sw, const char *name);
struct port *
port_by_path(struct vswitch *sw, const char *path);
struct port *
port_by_interface(struct vswitch *sw, const char *interface);
struct port *
port_by_device(struct vswitch *sw, const char *device);
/*
 * Whether a port of this name is an end of a static relay, `static:RELAY.vf` or `static:RELAY.vm`:
 * it is whoever starts the switch's, who gives it again at each start, so the state file has it
 * not. `relay`, unless NULL, gets its relay's name.
 */
bool
port_is_static(const char *name, char relay[PORT_NAME_MAX + 1]);
/* An end of its relay, if that has two others already; NULL: it has not. */
struct port *
port_of_full_relay(struct vswitch *sw, const struct port_config *config);
/* The port that has the name, the socket, the interface or the device already. */
struct port *
port_like(struct vswitch *sw, const struct port_config *config);
uint16_t
port_tag(const struct port *port);
/*
 * The port outside this VLAN that has the tag of a port with this number and VLAN at devices with a
 * tag per guest; NULL: none, or there is no such device.
 */
struct port *
port_of_tag(struct vswitch *sw, uint16_t id, uint16_t vlan);
/* A port in no VLAN whose tag there would be another port's VLAN; NULL: none. */
struct port *
port_of_ambiguous_tag(struct vswitch *sw);

/*
 * Under sw->lock: shows forwarding the ports' present state, and waits until no lcore reads the
 * former state. It cannot fail: a guest that leaves must be out of the list.
 */
void
topology_publish(struct vswitch *sw);

/* Sum over the lcores. */
void
port_counters(const struct vswitch *sw, uint16_t id, struct counters *sum);

/* What the guest did wrong since the port was added. */
struct port_faults {
	uint64_t bad_chains;  /* buffers that it cannot have meant */
	uint16_t broken;      /* rings, now */
	uint64_t refused;     /* messages and connections */
	uint64_t wrong_label; /* connections among them */
};

void
port_faults(struct vswitch *sw, const struct port *port, struct port_faults *faults);

#endif
