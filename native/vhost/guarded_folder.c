#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guarded_folder.h"

/* As the kernel's own bound. */
#define LINKS 40

/* errno stays. */
static void
close_after(int fd)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
}

static bool
is_trusted(const struct stat *stat)
{
	return stat->st_uid == 0 || stat->st_uid == geteuid();
}

/* Whether others can put something there. */
static bool
is_shared(const struct stat *folder)
{
	return !is_trusted(folder) || folder->st_mode & (S_IWGRP | S_IWOTH);
}

bool
guarded_folder_keeps(const struct stat *folder)
{
	return !is_shared(folder) || (is_trusted(folder) && folder->st_mode & S_ISVTX);
}

/* A way through folders, one after the other. */
struct walk {
	int fd; /* of the folder where it is */
	struct stat stat;
	bool guarded; /* nobody else can have put it there */
	int links;    /* that were followed */
	char rest[PATH_MAX];
};

static bool
is_alone(const struct walk *walk)
{
	return walk->guarded && !is_shared(&walk->stat);
}

/* Takes the descriptor, of a folder in the one where it is, or of the root. False with errno. */
static bool
enter(struct walk *walk, int fd, const struct stat *stat)
{
	/* Into a shared folder that keeps things, others can put only their own. */
	bool kept = walk->guarded && guarded_folder_keeps(&walk->stat);

	walk->guarded = is_alone(walk) || (kept && is_trusted(stat));
	close(walk->fd);
	walk->fd = fd;
	walk->stat = *stat;
	errno = ENOTDIR;
	return S_ISDIR(stat->st_mode);
}

static bool
enter_root(struct walk *walk)
{
	if (walk->fd >= 0)
		close(walk->fd);
	walk->guarded = true;
	walk->fd = open("/", O_PATH | O_CLOEXEC | O_DIRECTORY);
	return walk->fd >= 0 && fstat(walk->fd, &walk->stat) == 0;
}

/* Puts a link's text before the rest. False with errno. */
static bool
follow(struct walk *walk, int link)
{
	char text[PATH_MAX], rest[PATH_MAX];
	ssize_t length = readlinkat(link, "", text, sizeof(text) - 1);
	int size;

	if (length < 0)
		return false;
	text[length] = '\0';
	size = snprintf(rest, sizeof(rest), "%s%s%s", text, walk->rest[0] ? "/" : "", walk->rest);
	errno = walk->links++ >= LINKS ? ELOOP : ENAMETOOLONG;
	if (walk->links > LINKS || size < 0 || (size_t)size >= sizeof(rest))
		return false;
	memcpy(walk->rest, rest, (size_t)size + 1);
	return text[0] != '/' || enter_root(walk);
}

/* Takes the next name from the rest. False: there is none. */
static bool
next_name(struct walk *walk, char name[PATH_MAX])
{
	size_t skipped = strspn(walk->rest, "/"), length = strcspn(walk->rest + skipped, "/");

	snprintf(name, PATH_MAX, "%.*s", (int)length, walk->rest + skipped);
	memmove(walk->rest, walk->rest + skipped + length,
		strlen(walk->rest + skipped + length) + 1);
	return length > 0;
}

/* What has that name where it is, as an O_PATH descriptor; -1 with errno. */
static int
look(const struct walk *walk, const char *name, struct stat *stat)
{
	int fd = openat(walk->fd, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fstat(fd, stat) == 0)
		return fd;
	close_after(fd);
	return -1;
}

/* To the folder in which the rest ends, whose name is left in `name`. False with errno. */
static bool
go(struct walk *walk, char name[PATH_MAX])
{
	struct stat stat;
	bool went;
	int fd;

	errno = ENOENT;
	while (next_name(walk, name)) {
		if (!walk->rest[strspn(walk->rest, "/")])
			return true;
		fd = look(walk, name, &stat);
		if (fd < 0)
			return false;
		if (!S_ISLNK(stat.st_mode) || !is_alone(walk)) {
			if (!enter(walk, fd, &stat))
				return false;
			continue;
		}
		went = follow(walk, fd);
		close_after(fd);
		if (!went)
			return false;
	}
	return false;
}

/* At the root, before the whole path. False with errno. */
static bool
begin(struct walk *walk, const char *path)
{
	*walk = (struct walk){.fd = -1};
	errno = EINVAL;
	if (path[0] != '/' || strlen(path) >= sizeof(walk->rest))
		return false;
	strcpy(walk->rest, path);
	return enter_root(walk);
}

int
guarded_folder_open(const char *path, bool *alone)
{
	char name[PATH_MAX];
	struct walk walk;

	if (!begin(&walk, path) || !go(&walk, name)) {
		close_after(walk.fd);
		return -1;
	}
	*alone = is_alone(&walk);
	return walk.fd;
}

int
guarded_folder_open_in(const char *path)
{
	char name[PATH_MAX];
	struct walk walk;
	struct stat stat;
	int fd = -1;

	for (bool more = begin(&walk, path); more;) {
		fd = go(&walk, name) ? look(&walk, name, &stat) : -1;
		if (fd < 0 || !S_ISLNK(stat.st_mode) || !is_alone(&walk))
			break;
		walk.rest[0] = '\0';
		more = follow(&walk, fd);
		close_after(fd);
		fd = -1;
	}
	close_after(walk.fd);
	return fd;
}
