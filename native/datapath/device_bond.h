/*
 * Several devices as one, by DPDK's bonding driver:
 * `bond:mode=4,members=0000:01:00.0+0000:01:00.1`. The members are named as devices are, and come
 * last, as their settings may hold commas.
 *
 * The driver's own names, net_bonding0 with settings, work too; but its members must be there
 * already.
 *
 * Threads: the control thread.
 */
#ifndef DEVICE_BOND_H
#define DEVICE_BOND_H

#include "device_setup.h"

bool
bond_is_named(const char *name);
/* Makes the bond that the device's name says, of members that nobody else has. False: problem says
 * why. */
bool
device_bond_open(struct device *device, const struct vswitch *sw, char problem[DEVICE_PROBLEM_MAX]);
/* Of one that is stopped: its members are closed, too. An error, or 0. */
int
device_bond_close(struct device *device);

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
