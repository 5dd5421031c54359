#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "unix_socket.h"

#define STREAM (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)
/* Others hold the lock for microseconds; a holder of a second will not release it. */
#define LOCK_TRIES 100
#define LOCK_PAUSE_US 10000

static struct sockaddr_un
address_of(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	return address;
}

bool
unix_socket_clear(const char *path)
{
	struct sockaddr_un address = address_of(path);
	struct stat stat;
	int fd, error;

	if (lstat(path, &stat) < 0)
		return errno == ENOENT;
	if (!S_ISSOCK(stat.st_mode)) {
		errno = EEXIST;
		return false;
	}
	fd = socket(AF_UNIX, STREAM, 0);
	if (fd < 0)
		return false;
	/* EAGAIN means a listener with a full backlog: it exists. */
	error = connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
	close(fd);
	if (error != ECONNREFUSED) {
		errno = error && error != EAGAIN ? error : EADDRINUSE;
		return false;
	}
	return unlink(path) == 0;
}

/*
 * A descriptor that locks a socket's folder against other switches until it is closed, or -1.
 * Between bind and listen a socket refuses like a stale one, and a switch that starts at the same
 * moment would unlink it.
 */
static int
lock_folder(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	const char *slash = strrchr(path, '/');
	int fd;

	if (!slash)
		snprintf(folder, sizeof(folder), ".");
	else
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash == path ? 1 : slash - path),
			path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	for (int tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
		if (errno != EWOULDBLOCK || tries == LOCK_TRIES) {
			close(fd);
			errno = EWOULDBLOCK;
			return -1;
		}
		usleep(LOCK_PAUSE_US);
	}
	return fd;
}

static int
bind_and_listen(const char *path, int backlog)
{
	struct sockaddr_un address = address_of(path);
	int fd, error;

	if (!unix_socket_clear(path))
		return -1;
	fd = socket(AF_UNIX, STREAM, 0);
	if (fd < 0)
		return -1;
	/* The process's umask makes it 0660. */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, backlog) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
unix_socket_listen(const char *path, int backlog)
{
	int lock = lock_folder(path), fd, error;

	if (lock < 0)
		return -1;
	fd = bind_and_listen(path, backlog);
	error = errno;
	close(lock);
	errno = error;
	return fd;
}
