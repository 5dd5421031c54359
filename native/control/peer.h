/*
 * Who is at the other end of a control connection, and what they may do.
 *
 * The kernel says who: user, group and supplementary groups at the time of connect(). Root and the
 * user that the switch runs as may do everything. Whoever else needs a group that the command line
 * gave a level; of several the highest counts. Nobody else may do anything.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../base/contract.h"

#define AUTHORITY_GROUPS 32

/* Groups that have a level. */
struct authority {
	size_t n;
	struct {
		gid_t group;
		enum client_level level;
	} groups[AUTHORITY_GROUPS];
};

struct peer {
	uid_t user;
	bool master;             /* root, or the switch's own user */
	bool allowed;            /* to do anything */
	enum client_level level; /* if allowed */
};

/* A group of this host by name or number; false: there is none, or it can have no level. */
bool
authority_group(const char *text, gid_t *group);

/* False: no room. A group that is in it twice has the higher level. */
bool
authority_add(struct authority *authority, gid_t group, enum client_level level);

/* Asks the kernel about the peer of a connected Unix socket. False with errno. */
bool
peer_of(int fd, const struct authority *authority, struct peer *peer);

#endif
