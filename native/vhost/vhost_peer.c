#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vhost_device.h"
#include "vhost_peer.h"

#include "../base/log.h"

/* vhost_redial()'s rounds, two seconds: who listens there now may go on doing so. */
#define PATIENCE 20

/* Once: it is so for all ports. */
static void
tell_unknown(const struct vhost_socket *socket)
{
	static bool told;

	if (!told)
		LOG(WARNING,
			"port %s: its guest has no security label that can be read here (no "
			"AppArmor or SELinux, or no /proc of its process); it is served without "
			"the check of peer_label, and so are others",
			socket->name);
	told = true;
}

/* Why the other end is not the port's guest, or NULL. */
static const char *
judge(struct vhost_socket *socket, char problem[VHOST_PEER_PROBLEM_ROOM])
{
	char label[PEER_LABEL_ROOM];

	socket->checked = PEER_UNKNOWN;
	if (!socket->peer_label[0])
		return NULL;
	if (socket->peer < 0)
		return "its connection cannot be told by its label";
	switch (socket->checked = peer_label_read(socket->peer, socket->listener, label)) {
	case PEER_UNKNOWN:
		tell_unknown(socket);
		return NULL;
	case PEER_GONE:
		snprintf(problem, VHOST_PEER_PROBLEM_ROOM,
			"the process at its socket has ended, so its label cannot be read, which "
			"must be %s (peer_label)",
			socket->peer_label);
		return problem;
	default:
		if (!strcmp(label, socket->peer_label))
			return NULL;
		snprintf(problem, VHOST_PEER_PROBLEM_ROOM,
			"a process with the security label %s is at its socket, not %s "
			"(peer_label)",
			label, socket->peer_label);
		return problem;
	}
}

/* As judge(), with the consequences of a refusal. */
static const char *
check(struct vhost_socket *socket, char problem[VHOST_PEER_PROBLEM_ROOM])
{
	const char *found = judge(socket, problem);

	if (found) {
		socket->checked = PEER_UNKNOWN;
		socket->wrong_label++;
		socket->redial_in = PATIENCE;
	}
	return found;
}

const char *
vhost_peer_meet(struct vhost_socket *socket, int fd, char problem[VHOST_PEER_PROBLEM_ROOM])
{
	const char *found;

	/* Our own descriptor: rte_vhost closes its at any time. */
	socket->peer = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	found = check(socket, problem);
	if (found)
		vhost_peer_forget(socket);
	return found;
}

void
vhost_peer_forget(struct vhost_socket *socket)
{
	if (socket->peer >= 0)
		close(socket->peer);
	socket->peer = -1;
	socket->expelled = false;
	socket->checked = PEER_UNKNOWN;
}

void
vhost_check_peer(struct vhost_socket *socket)
{
	char room[VHOST_PEER_PROBLEM_ROOM];
	const char *problem;

	if (socket->connection == VHOST_DOWN || socket->expelled)
		return;
	problem = check(socket, room);
	if (!problem)
		return;
	socket->refused++;
	socket->expelled = true;
	vhost_device_down(socket);
	shutdown(socket->peer, SHUT_RDWR); /* and rte_vhost notices */
	LOG(ERR, "port %s: %s; disconnected", socket->name, problem);
}
