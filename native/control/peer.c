#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "peer.h"

/* What the kernel shows of users and groups that have no number in our user namespace. */
#define OVERFLOW_ID 65534
/* NGROUPS_MAX; more cannot be. */
#define MAX_GROUPS 65536

bool
authority_group(const char *text, gid_t *group)
{
	const struct group *found;
	unsigned long number;

	if (check_number(text, 0, (gid_t)-2, &number)) {
		*group = number;
	} else {
		found = getgrnam(text);
		if (!found)
			return false;
		*group = found->gr_gid;
	}
	return *group != OVERFLOW_ID;
}

bool
authority_add(struct authority *authority, gid_t group, enum client_level level)
{
	if (authority->n == AUTHORITY_GROUPS)
		return false;
	authority->groups[authority->n].group = group;
	authority->groups[authority->n++].level = level;
	return true;
}

/* The level of a group, if it has one, raises the peer's. */
static void
raise_level(struct peer *peer, const struct authority *authority, gid_t group)
{
	for (size_t i = 0; i < authority->n; i++) {
		if (authority->groups[i].group != group)
			continue;
		if (!peer->allowed || authority->groups[i].level > peer->level)
			peer->level = authority->groups[i].level;
		peer->allowed = true;
	}
}

static bool
raise_by_groups(int fd, const struct authority *authority, struct peer *peer)
{
	socklen_t size = MAX_GROUPS * sizeof(gid_t);
	gid_t *groups = malloc(size);
	bool known = groups && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0;
	int error = groups ? errno : ENOMEM;

	for (size_t i = 0; known && i < size / sizeof(gid_t); i++)
		raise_level(peer, authority, groups[i]);
	free(groups);
	errno = error;
	return known;
}

bool
peer_of(int fd, const struct authority *authority, struct peer *peer)
{
	struct ucred credentials;
	socklen_t size = sizeof(credentials);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
		return false;
	*peer = (struct peer){.user = credentials.uid};
	if (peer->user == 0 || (peer->user == geteuid() && peer->user != OVERFLOW_ID)) {
		peer->master = peer->allowed = true;
		peer->level = LEVEL_ADMINISTER;
		return true;
	}
	if (authority->n == 0)
		return true;
	raise_level(peer, authority, credentials.gid);
	return raise_by_groups(fd, authority, peer);
}
