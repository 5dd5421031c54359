#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "vhost_appear.h"
#include "vhost_device.h"

#include "../base/log.h"

/*
 * A socket appears with bind(), and is listened at a moment later, which no event tells: so it is
 * dialled a few times, VHOST_APPEAR_MS apart.
 */
#define TRIES 5
/* What one reading takes; the kernel keeps the rest. */
#define EVENTS_ROOM 4096

/* The kernel's watches, -1: none. */
static int watches = -1;

void
vhost_appear_init(void)
{
	watches = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watches < 0)
		LOG(WARNING,
			"inotify: %s; sockets at which guests listen are found up to a tenth of a "
			"second later; raise fs.inotify.max_user_instances",
			strerror(errno));
}

void
vhost_appear_end(void)
{
	if (watches >= 0)
		close(watches);
	watches = -1;
}

int
vhost_appeared(void)
{
	return watches;
}

void
vhost_appear_watch(struct vhost_socket *socket)
{
	const char *end = strrchr(socket->path, '/');
	char folder[PATH_MAX];

	if (socket->watch >= 0 || watches < 0 || socket->listener != LISTENER_QEMU || !end)
		return;
	snprintf(folder, sizeof(folder), "%.*s", (int)(end - socket->path) + 1, socket->path);
	socket->watch = inotify_add_watch(watches, folder, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
}

void
vhost_appear_renew(struct vhost_socket *socket)
{
	socket->early_dials = TRIES;
}

/* Sockets in one folder share its watch. */
void
vhost_appear_forget(struct vhost_socket *socket)
{
	int watch = socket->watch;

	socket->watch = -1;
	socket->appeared = false;
	for (struct vhost_socket *other = vhost_sockets; other; other = other->next)
		if (other->watch == watch)
			return;
	if (watch >= 0)
		inotify_rm_watch(watches, watch);
}

/* The names that appear, or the end of a watch, whose folder is gone. */
static void
note(const struct inotify_event *event)
{
	for (struct vhost_socket *socket = vhost_sockets; socket; socket = socket->next) {
		if (socket->watch < 0 || socket->watch != event->wd)
			continue;
		if (event->mask & IN_IGNORED)
			socket->watch = -1;
		else if (event->len && !strcmp(event->name, strrchr(socket->path, '/') + 1))
			socket->appeared = true;
	}
}

void
vhost_appear_read(void)
{
	char room[EVENTS_ROOM] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event;
	ssize_t length = watches < 0 ? 0 : read(watches, room, sizeof(room));

	for (ssize_t at = 0; at < length; at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const struct inotify_event *)(room + at);
		note(event);
	}
}

bool
vhost_appear_is_due(struct vhost_socket *socket)
{
	if (!socket->appeared || !socket->early_dials)
		return socket->appeared = false;
	socket->early_dials--;
	return true;
}
