#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "captures.h"

#define ENDING ".pcap"

/* The folder, if nobody else can put anything there; -1 with errno. */
static int
open_folder(const char *folder)
{
	bool made = mkdir(folder, 0700) == 0;
	struct stat stat;
	int fd;

	if (!made && errno != EEXIST)
		return -1;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	/* The process's umask is for files. */
	if (made)
		(void)fchmod(fd, 0700);
	if (fstat(fd, &stat) == 0 && stat.st_uid == geteuid() && !(stat.st_mode & 022))
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

/* How many captures are in it; -1 with errno. */
static int
count(int folder)
{
	int copy = dup(folder), n = 0;
	DIR *listing = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;

	if (!listing) {
		if (copy >= 0)
			close(copy);
		return -1;
	}
	rewinddir(listing);
	while ((entry = readdir(listing))) {
		size_t length = strlen(entry->d_name), ending = strlen(ENDING);

		n += length > ending && !strcmp(entry->d_name + length - ending, ENDING);
	}
	closedir(listing);
	return n;
}

/* In the open folder: a new file, its name in `name`. */
static int
create(int folder, const char *port, uint32_t most, char *name, size_t size)
{
	int present = count(folder);

	if (present < 0)
		return -1;
	if ((uint32_t)present >= most) {
		errno = EDQUOT;
		return -1;
	}
	for (int n = 1; n <= present + 1; n++) {
		int fd;

		snprintf(name, size, "%s.%d" ENDING, port, n);
		fd = openat(
			folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

int
captures_create(const char *folder, const char *port, uint32_t most, char path[CAPTURE_PATH_SIZE])
{
	char name[128];
	int at = open_folder(folder), fd, error;

	if (at < 0)
		return -1;
	fd = create(at, port, most, name, sizeof(name));
	error = errno;
	close(at);
	if (fd >= 0)
		snprintf(path, CAPTURE_PATH_SIZE, "%s/%s", folder, name);
	errno = error;
	return fd;
}
