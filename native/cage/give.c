/*
 * The state file's folder, which becomes the user's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"

/* A file of root's in a folder that was root's; what is not there need not be given. */
static bool
give_file(const struct account *account, int folder, const char *name)
{
	int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat stat;
	bool done;

	if (fd < 0)
		return errno == ENOENT;
	done = fstat(fd, &stat) == 0;
	errno = EEXIST;
	done = done && S_ISREG(stat.st_mode) && stat.st_nlink == 1 &&
	       fchownat(fd, "", account->uid, account->gid, AT_EMPTY_PATH) == 0;
	close(fd);
	return done;
}

static bool
give_files(const struct account *account, int folder, const char *name)
{
	static const char *const endings[] = {"", ".lock", ".new"};
	char file[NAME_MAX + 1];

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		snprintf(file, sizeof(file), "%s%s", name, endings[i]);
		if (!give_file(account, folder, file))
			return false;
	}
	return true;
}

/* Files first: as long as the folder is root's, nobody else puts anything there. */
static bool
give_folder(const struct account *account, int folder, const char *name)
{
	struct stat stat;

	if (fstat(folder, &stat) < 0)
		return false;
	if (stat.st_uid == account->uid)
		return true;
	errno = EPERM;
	return stat.st_uid == 0 && !(stat.st_mode & (S_IWGRP | S_IWOTH)) &&
	       give_files(account, folder, name) &&
	       fchown(folder, account->uid, account->gid) == 0 && fchmod(folder, 0700) == 0;
}

bool
account_give(const struct account *account, const char *state_file)
{
	char path[PATH_MAX], *slash;
	mode_t mask;
	int folder;
	bool done;

	if (!state_file)
		return true;
	snprintf(path, sizeof(path), "%s", state_file);
	slash = strrchr(path, '/'); /* the path is absolute */
	*slash = '\0';
	mask = umask(0077); /* the process's is for sockets, and leaves folders no x */
	folder = mkdir(path, 0700) < 0 && errno != EEXIST ? -1 : 0;
	umask(mask);
	if (!account->changes) /* whether it can be used is seen when the file is opened */
		return true;
	if (folder == 0)
		folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	done = folder >= 0 && give_folder(account, folder, slash + 1);
	if (!done)
		fprintf(stderr,
			"vhost-switch: --state-file %s: its folder cannot be given to user %u "
			"(%s); choose a folder of its own that is root's and closed to others\n",
			state_file, account->uid, strerror(errno));
	if (folder >= 0)
		close(folder);
	return done;
}
