#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_eth_bond.h>
#include <rte_eth_bond_8023ad.h>
#include <rte_ethdev.h>
#include <rte_version.h>

#include "device_bond.h"
#include "device_probe.h"

#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
#define bond_add rte_eth_bond_member_add
#define bond_drop rte_eth_bond_member_remove
#define bond_active rte_eth_bond_active_members_get
#define bond_lacp rte_eth_bond_8023ad_member_info
#define BOND_LACP struct rte_eth_bond_8023ad_member_info
#else
#define bond_add rte_eth_bond_slave_add
#define bond_drop rte_eth_bond_slave_remove
#define bond_active rte_eth_bond_active_slaves_get
#define bond_lacp rte_eth_bond_8023ad_slave_info
#define BOND_LACP struct rte_eth_bond_8023ad_slave_info
#endif

#define STATES_OPEN (STATE_COLLECTING | STATE_DISTRIBUTING)

#define PREFIX "bond:"
#define MODE "mode="
#define MEMBERS "members="
#define EXAMPLE PREFIX MODE "4," MEMBERS "0000:01:00.0+0000:01:00.1"

/* What a name says. */
struct bond_wish {
	uint8_t mode; /* 0 to 6, as the kernel's bonding numbers them */
	uint16_t n;
	char member[BOND_MEMBERS][DEVICE_NAME_MAX + 1];
};

bool
bond_is_named(const char *name)
{
	return !strncmp(name, PREFIX, strlen(PREFIX));
}

static bool
say(char problem[DEVICE_PROBLEM_MAX], const char *what)
{
	snprintf(problem, DEVICE_PROBLEM_MAX, "%s; give it as " EXAMPLE, what);
	return false;
}

/* Members, with `+` between. */
static bool
take_members(const char *text, struct bond_wish *wish, char problem[DEVICE_PROBLEM_MAX])
{
	for (wish->n = 0;; wish->n++) {
		size_t length = strcspn(text, "+");

		if (wish->n == BOND_MEMBERS)
			return say(problem, "a bond has at most 8 members");
		if (length == 0 || length > DEVICE_NAME_MAX)
			return say(problem, "a member has no name");
		snprintf(wish->member[wish->n], sizeof(wish->member[0]), "%.*s", (int)length, text);
		if (bond_is_named(wish->member[wish->n]))
			return say(problem, "a bond is no member of a bond");
		for (uint16_t i = 0; i < wish->n; i++)
			if (!strcmp(wish->member[i], wish->member[wish->n]))
				return say(problem, "a member is named twice");
		if (!text[length]) {
			wish->n++;
			return true;
		}
		text += length + 1;
	}
}

/* False: problem says what is wrong with the name. */
static bool
parse(const char *name, struct bond_wish *wish, char problem[DEVICE_PROBLEM_MAX])
{
	const char *at = name + strlen(PREFIX);

	*wish = (struct bond_wish){.mode = BONDING_MODE_ACTIVE_BACKUP};
	if (!strncmp(at, MODE, strlen(MODE))) {
		at += strlen(MODE);
		if (at[0] < '0' || at[0] > '6' || at[1] != ',')
			return say(problem, "its mode is a digit from 0 to 6");
		wish->mode = (uint8_t)(at[0] - '0');
		at += 2;
	}
	if (strncmp(at, MEMBERS, strlen(MEMBERS)) != 0)
		return say(problem, "its settings are mode and, at the end, members");
	return take_members(at + strlen(MEMBERS), wish, problem);
}

static int
free_bond(struct device *device)
{
	int error;

	/* It keeps those that it has from being closed. */
	for (uint16_t i = 0; i < device->n_bond_members; i++)
		(void)bond_drop(device->port, device->bond_member[i]);
	error = rte_eth_bond_free(device->bond);
	device->bond[0] = '\0';
	device->has_lacp = false;
	return error;
}

static bool
make(struct device *device, const struct bond_wish *wish, const uint16_t *members,
	char problem[DEVICE_PROBLEM_MAX])
{
	static unsigned int number;
	int port, error = 0;

	snprintf(device->bond, sizeof(device->bond), "net_bonding_%u", number++);
	port = rte_eth_bond_create(
		device->bond, wish->mode, (uint8_t)RTE_MAX(rte_eth_dev_socket_id(members[0]), 0));
	if (port < 0) {
		snprintf(problem, DEVICE_PROBLEM_MAX, "DPDK makes no bond (%s): see its log",
			rte_strerror(-port));
		device->bond[0] = '\0';
		return false;
	}
	device->port = (uint16_t)port;
	for (uint16_t i = 0; i < wish->n; i++) {
		error = bond_add(device->port, members[i]);
		if (error) {
			snprintf(problem, DEVICE_PROBLEM_MAX,
				"its member %s does not fit the others (%s): see DPDK's log",
				wish->member[i], rte_strerror(abs(error)));
			(void)free_bond(device);
			return false;
		}
		device->bond_member[device->n_bond_members++] = members[i];
	}
	device->has_lacp = wish->mode == BONDING_MODE_8023AD;
	return true;
}

bool
device_bond_open(struct device *device, const struct vswitch *sw, char problem[DEVICE_PROBLEM_MAX])
{
	struct bond_wish wish;
	uint16_t member[BOND_MEMBERS] = {0}, n = 0;

	if (!parse(device->name, &wish, problem))
		return false;
	for (; n < wish.n; n++) {
		char why[DEVICE_PROBLEM_MAX];
		bool found = device_probe(sw, wish.member[n], false, &member[n], why);

		if (found && device_own(member[n]))
			continue;
		snprintf(problem, DEVICE_PROBLEM_MAX, "its member %.60s: %.200s", wish.member[n],
			found ? "it is another port's" : why);
		break;
	}
	if (n == wish.n && make(device, &wish, member, problem))
		return true;
	device->n_bond_members = 0;
	while (n > 0)
		(void)device_let_go(member[--n]);
	return false;
}

int
device_bond_close(struct device *device)
{
	int error;

	device_disown(device->port);
	error = free_bond(device);
	if (error)
		return error;
	for (uint16_t i = 0; i < device->n_bond_members; i++) {
		int left = device_let_go(device->bond_member[i]);

		if (left)
			error = left;
	}
	return error;
}

bool
device_is_bond(const struct device *device)
{
	return device->bond[0];
}

static bool
is_among(uint16_t port, const uint16_t *ports, int n)
{
	for (int i = 0; i < n; i++)
		if (ports[i] == port)
			return true;
	return false;
}

uint16_t
device_bond_look(const struct device *device, uint8_t *mode, struct bond_member *members)
{
	uint16_t active[RTE_MAX_ETHPORTS];
	int n_active = bond_active(device->port, active, RTE_DIM(active));

	*mode = (uint8_t)rte_eth_bond_mode_get(device->port);
	for (uint16_t i = 0; i < device->n_bond_members; i++) {
		uint16_t port = device->bond_member[i];
		struct rte_eth_link link = {0};
		BOND_LACP lacp;

		members[i] = (struct bond_member){.active = is_among(port, active, n_active)};
		(void)rte_eth_dev_get_name_by_port(port, members[i].name);
		members[i].link = rte_eth_link_get_nowait(port, &link) == 0 && link.link_status;
		if (*mode != BONDING_MODE_8023AD || bond_lacp(device->port, port, &lacp) != 0)
			continue;
		members[i].has_lacp = true;
		members[i].actor_state = lacp.actor_state;
		members[i].partner_state = lacp.partner_state;
		members[i].partner = lacp.partner.system;
		/* To DPDK all with a link are active; these two flags say where frames go. */
		members[i].active = (lacp.actor_state & STATES_OPEN) == STATES_OPEN;
	}
	return device->n_bond_members;
}
