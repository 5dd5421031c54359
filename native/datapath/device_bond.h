/*
 * Several devices as one, by DPDK's bonding driver:
 * `bond:mode=4,members=0000:01:00.0+0000:01:00.1`. The members are named as devices are, and come
 * last, as their settings may hold commas.
 *
 * The driver's own names, net_bonding0 with settings, work too; but its members must be there
 * already.
 *
 * Threads: the control thread; device_bond_tick() is the lcore's that polls the first queue.
 */
#ifndef DEVICE_BOND_H
#define DEVICE_BOND_H

#include "device_setup.h"

/* What a name says. */
struct bond_wish {
	uint8_t mode; /* 0 to 6, as the kernel's bonding numbers them */
	uint16_t n;
	char member[BOND_MEMBERS][DEVICE_NAME_MAX + 1];
};

bool
bond_is_named(const char *name);
/* False: it is no bond's name, and problem says what is wrong. */
bool
bond_parse(const char *name, struct bond_wish *wish, char problem[DEVICE_PROBLEM_MAX]);

/*
 * Makes the bond of members that DPDK has by now, and which are ours. False: problem says why; the
 * members are still the caller's.
 */
bool
device_bond_make(struct device *device, const struct bond_wish *wish, const uint16_t *members,
	char problem[DEVICE_PROBLEM_MAX]);
/* Of one that is stopped: its members are DPDK's alone again. An error, or 0. */
int
device_bond_free(struct device *device);

/* How a member is. */
struct bond_member {
	char name[RTE_ETH_NAME_MAX_LEN];
	bool link;
	bool active; /* frames go there */
	bool has_lacp;
	/* Of mode 4, by LACP (802.1AX): flags of both ends, and the partner's system. */
	uint8_t actor_state, partner_state;
	struct rte_ether_addr partner;
};

bool
device_is_bond(const struct device *device);
/* The bond's mode, and its members, at most BOND_MEMBERS. Returns their number. */
uint16_t
device_bond_look(const struct device *device, uint8_t *mode, struct bond_member *members);

#endif
