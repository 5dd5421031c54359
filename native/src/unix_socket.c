#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "unix_socket.h"

#define STREAM (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)

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
	/* A listener whose backlog is full answers EAGAIN: it is there. */
	error = connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ? errno : 0;
	close(fd);
	if (error != ECONNREFUSED) {
		errno = error && error != EAGAIN ? error : EADDRINUSE;
		return false;
	}
	return unlink(path) == 0;
}

int
unix_socket_listen(const char *path, int backlog)
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
