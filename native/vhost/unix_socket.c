#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "guarded_folder.h"
#include "own_file.h"
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

bool
unix_socket_is_guarded(const char *path)
{
	bool alone;
	int folder = guarded_folder_open(path, &alone);

	if (folder >= 0)
		close(folder);
	return folder >= 0 && alone;
}

int
unix_socket_pin(struct sockaddr_un *address)
{
	int fd = guarded_folder_open_in(address->sun_path);
	struct stat stat;

	if (fd < 0)
		return -1;
	if (fstat(fd, &stat) == 0 && S_ISSOCK(stat.st_mode)) {
		snprintf(address->sun_path, sizeof(address->sun_path), GUARDED_FOLDER_PATH, fd);
		return fd;
	}
	close(fd);
	errno = ECONNREFUSED;
	return -1;
}

/*
 * Keeps others of our kind from a socket until it is unlocked. Between bind and listen a socket
 * refuses like one that was left behind, and whoever starts at the same moment would unlink it. The
 * lock is a file of our own: any user can open the folder, and lock it for as long as they like.
 */
static int
lock_beside(const char *path)
{
	int fd;

	for (int tries = 0; (fd = own_file_lock(path)) < 0; tries++) {
		if (errno != EWOULDBLOCK || tries == LOCK_TRIES)
			return -1;
		usleep(LOCK_PAUSE_US);
	}
	return fd;
}

static int
bind_and_listen(const char *path, int backlog, mode_t mode)
{
	struct sockaddr_un address = address_of(path);
	int fd, error;
	mode_t before;
	bool bound;

	if (!unix_socket_clear(path))
		return -1;
	fd = socket(AF_UNIX, STREAM, 0);
	if (fd < 0)
		return -1;
	/* The file is made with the socket's mode: no moment with another, no path to be replaced.
	 */
	before = umask(0);
	bound = fchmod(fd, mode) == 0 &&
		bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	error = errno;
	umask(before);
	errno = error;
	if (bound && listen(fd, backlog) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
unix_socket_listen(const char *path, int backlog, mode_t mode)
{
	char beside[sizeof(((struct sockaddr_un *)0)->sun_path) + sizeof(".lock")];
	int lock, fd, error;

	snprintf(beside, sizeof(beside), "%s.lock", path);
	lock = lock_beside(beside);
	if (lock < 0)
		return -1;
	fd = bind_and_listen(path, backlog, mode);
	error = errno;
	own_file_unlock(lock, beside);
	errno = error;
	return fd;
}
