#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "own_file.h"

#define SAFELY (O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)

/* Closes fd, if it is one, and hands on the error. */
static int
refused(int fd, int error)
{
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}

/* Whether it is a regular file that others than this user and root cannot have written. */
static bool
is_own(int fd, mode_t forbidden)
{
	struct stat stat;

	return fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) &&
	       (stat.st_uid == geteuid() || stat.st_uid == 0) && !(stat.st_mode & forbidden);
}

int
own_file_open(const char *path)
{
	int fd = open(path, O_RDONLY | SAFELY);

	return fd < 0 || is_own(fd, 022) ? fd : refused(fd, EEXIST);
}

/* A new file; what is at the path is removed. */
static int
create(const char *path)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | SAFELY, fd = open(path, flags, 0600);

	if (fd < 0 && errno == EEXIST && unlink(path) == 0)
		fd = open(path, flags, 0600);
	return fd;
}

static bool
write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, text, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		text += n;
		length -= n;
	}
	return true;
}

static bool
write_new(const char *path, const char *text, size_t length)
{
	int fd = create(path);
	bool done;

	if (fd < 0)
		return false;
	done = write_all(fd, text, length) && write_all(fd, "\n", 1) && fsync(fd) == 0;
	return close(fd) == 0 && done;
}

/* Of a file in it that was renamed. */
static bool
sync_folder(const char *path)
{
	char folder[PATH_MAX];
	int fd;
	bool done;

	snprintf(folder, sizeof(folder), "%s", path);
	*(strrchr(folder, '/') + 1) = '\0'; /* the path is absolute */
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	done = fsync(fd) == 0;
	return close(fd) == 0 && done;
}

bool
own_file_replace(const char *path, const char *text, size_t length)
{
	char beside[PATH_MAX];

	snprintf(beside, sizeof(beside), "%s.new", path);
	return write_new(beside, text, length) && rename(beside, path) == 0 && sync_folder(path);
}

/* Whether the file at path is still the one that is open. */
static bool
is_at(int fd, const char *path)
{
	struct stat here, there;

	return fstat(fd, &here) == 0 && lstat(path, &there) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

static int
open_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | SAFELY, 0600);

	return fd < 0 || is_own(fd, 077) ? fd : refused(fd, EEXIST);
}

int
own_file_lock(const char *path)
{
	int fd = open_lock(path);

	if (fd < 0 && (errno == EEXIST || errno == ELOOP) && unlink(path) == 0)
		fd = open_lock(path);
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return refused(fd, errno);
	return is_at(fd, path) ? fd : refused(fd, EWOULDBLOCK);
}

void
own_file_unlock(int fd, const char *path)
{
	(void)unlink(path);
	close(fd);
}
