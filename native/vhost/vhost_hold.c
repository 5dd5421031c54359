#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer_label.h"
#include "vhost_device.h"
#include "vhost_hold.h"

#include "../base/log.h"

bool
vhost_hold_is_due(struct vhost_socket *socket)
{
	bool due;

	if (!socket->held)
		return false;
	pthread_mutex_lock(vhost_owner.lock);
	due = socket->up && socket->guest;
	pthread_mutex_unlock(vhost_owner.lock);
	return due;
}

/* The file, which another QEMU replaces; 0 where there is none. */
static ino_t
inode_of(const struct vhost_socket *socket)
{
	struct stat file;

	return stat(socket->path, &file) == 0 ? file.st_ino : 0;
}

void
vhost_hold_note(struct vhost_socket *socket)
{
	pthread_mutex_lock(vhost_owner.lock);
	socket->hung_up = true;
	socket->held_process = socket->peer < 0 ? -1 : peer_process(socket->peer);
	pthread_mutex_unlock(vhost_owner.lock);
	socket->held_inode = socket->listener == LISTENER_QEMU ? inode_of(socket) : 0;
	LOG(INFO, "port %s: its guest's connection is ended, so that it sees no link%s",
		socket->name,
		socket->held_process < 0
			? "; the kernel does not say whose it is, so a new guest there waits "
			  "until the link is up"
			: "");
}

/* A process's descriptor is readable once it has ended. */
static bool
has_ended(int process)
{
	struct pollfd event = {.fd = process, .events = POLLIN};

	return process >= 0 && poll(&event, 1, 0) != 0;
}

bool
vhost_hold_keeps_away(struct vhost_socket *socket)
{
	if (!socket->hung_up)
		return false;
	if (socket->held && !has_ended(socket->held_process) &&
		(socket->listener == LISTENER_SWITCH || inode_of(socket) == socket->held_inode))
		return true;
	vhost_hold_forget(socket);
	return false;
}

void
vhost_hold_forget(struct vhost_socket *socket)
{
	if (socket->hung_up && socket->held_process >= 0)
		close(socket->held_process);
	socket->hung_up = false;
}
