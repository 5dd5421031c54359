#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guarded.h"

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
guarded_keeps(const struct stat *folder)
{
	return !is_shared(folder) || (is_trusted(folder) && folder->st_mode & S_ISVTX);
}

/* A folder on the way. */
struct stage {
	int fd;
	struct stat stat;
	bool guarded; /* nobody else can have put it there */
};

static bool
is_alone(const struct stage *stage)
{
	return stage->guarded && !is_shared(&stage->stat);
}

/* To the folder of that name in it; false with errno. */
static bool
step(struct stage *stage, const char *name)
{
	bool alone = is_alone(stage), kept = stage->guarded && guarded_keeps(&stage->stat);
	int fd = openat(
		stage->fd, name, O_PATH | O_CLOEXEC | O_DIRECTORY | (alone ? 0 : O_NOFOLLOW));

	close(stage->fd);
	stage->fd = fd;
	if (fd < 0 || fstat(fd, &stage->stat) < 0)
		return false;
	/* Into a shared folder that keeps things, others can put only their own. */
	stage->guarded = alone || (kept && is_trusted(&stage->stat));
	return true;
}

int
guarded_folder(const char *path, bool *alone)
{
	struct stage stage = {.fd = -1, .guarded = true};
	char rest[PATH_MAX], *name, *next;

	errno = EINVAL;
	if (path[0] != '/' || strlen(path) >= sizeof(rest))
		return -1;
	strcpy(rest, path + 1);
	stage.fd = open("/", O_PATH | O_CLOEXEC | O_DIRECTORY);
	if (stage.fd < 0 || fstat(stage.fd, &stage.stat) < 0)
		goto failed;
	for (name = rest; (next = strchr(name, '/')); name = next + 1) {
		*next = '\0';
		if (*name && !step(&stage, name))
			goto failed;
	}
	*alone = is_alone(&stage);
	return stage.fd;
failed:
	if (stage.fd >= 0)
		close(stage.fd);
	return -1;
}
