#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "guarded_folder.h"
#include "vhost_appear.h"
#include "vhost_device.h"

#include "../base/log.h"

/*
 * A socket appears with bind(), and is listened at a moment later, which no event tells: so it is
 * dialled a few times, VHOST_APPEAR_MS apart.
 */
#define EARLY_DIALS 5
/* What one reading takes; the kernel keeps the rest. Each event is looked for among all sockets. */
#define EVENTS_ROOM 1024

/* The kernel's watches, -1: none. */
static int watches = -1;

/* Once: it is so for all sockets. */
static void
tell_unwatched(const char *remedy)
{
	static bool told;

	if (!told)
		LOG(WARNING,
			"sockets at which guests listen are found up to a tenth of a second late: "
			"inotify: %s; %s",
			strerror(errno), remedy);
	told = true;
}

void
vhost_appear_init(void)
{
	watches = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watches < 0)
		tell_unwatched("raise fs.inotify.max_user_instances, or the limit of open files");
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

/* Nobody else's watch: sockets in one folder share it. */
static void
drop(int watch)
{
	for (struct vhost_socket *other = vhost_sockets; other; other = other->next)
		if (other->watch == watch)
			return;
	if (watch >= 0)
		inotify_rm_watch(watches, watch);
}

/* The watch of the folder that is there now; -1: none. */
static int
watch_folder(const char *path)
{
	char pinned[sizeof(GUARDED_FOLDER_PATH) + 3 * sizeof(int)];
	bool alone;
	int folder = guarded_folder_open(path, &alone), watch;

	if (folder < 0)
		return -1;
	snprintf(pinned, sizeof(pinned), GUARDED_FOLDER_PATH, folder);
	watch = inotify_add_watch(watches, pinned, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	if (watch < 0 && errno == ENOSPC)
		tell_unwatched("raise fs.inotify.max_user_watches");
	close(folder);
	return watch;
}

static void
watch(struct vhost_socket *socket)
{
	int before = socket->watch;

	if (watches < 0 || socket->listener != LISTENER_QEMU)
		return;
	socket->watch = watch_folder(socket->path);
	if (socket->watch != before)
		drop(before);
}

void
vhost_appear_renew(struct vhost_socket *socket, bool anew)
{
	socket->early_dials = EARLY_DIALS;
	if (socket->watch < 0 || anew)
		watch(socket);
}

void
vhost_appear_forget(struct vhost_socket *socket)
{
	int watch = socket->watch;

	socket->watch = -1;
	socket->appeared = false;
	drop(watch);
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
