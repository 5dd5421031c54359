#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cage.h"
#include "calls.h"
#include "paths.h"

#include "../base/log_out.h"

static bool
failed(const char *what)
{
	fprintf(stderr, "vhost-switch: %s: %s; report this\n", what, strerror(errno));
	return false;
}

bool
cage_prepare(struct cage *cage, const struct cage_wish *wish)
{
	*cage = (struct cage){.drivers = wish->drivers};
	if (!account_find(wish->user, wish->group, &cage->account) ||
		!account_give(&cage->account, wish->state_file))
		return false;
	if (wish->log_file && cage->account.changes &&
		!log_out_give(cage->account.uid, cage->account.gid))
		return failed(wish->log_file);
	if (!account_keep_no_more())
		return failed("capabilities");
	/* A switch that stays who it is makes sockets wherever it could, as it always
	 * did. */
	if (!cage->account.changes && !wish->n_folders)
		return true;
	cage->landlock = paths_confine(wish);
	return cage->landlock >= 0 || failed("Landlock");
}

/* The number behind a name of /proc/…/status, in that base; UINT64_MAX: it is not there. */
static uint64_t
number_in(const char *status, const char *name, int base)
{
	const char *line = strstr(status, name);

	return line ? strtoull(line + strlen(name), NULL, base) : UINT64_MAX;
}

/* Whether real, effective, saved and file system's are all this one. */
static bool
ids_are(const char *status, const char *name, uint32_t id)
{
	const char *line = strstr(status, name);
	uint32_t is[4];

	return line &&
	       sscanf(line + strlen(name), "%" SCNu32 " %" SCNu32 " %" SCNu32 " %" SCNu32, &is[0],
		       &is[1], &is[2], &is[3]) == 4 &&
	       is[0] == id && is[1] == id && is[2] == id && is[3] == id;
}

/* Whether a thread has given up what it should; root that stays root keeps its capabilities. */
static bool
is_confined(const struct cage *cage, const char *status)
{
	bool rights =
		geteuid() != 0 &&
		(number_in(status, "\nCapInh:", 16) || number_in(status, "\nCapPrm:", 16) ||
			number_in(status, "\nCapEff:", 16) || number_in(status, "\nCapAmb:", 16));
	bool bounds = cage->account.changes && number_in(status, "\nCapBnd:", 16);

	return !rights && !bounds && ids_are(status, "\nUid:", cage->account.uid) &&
	       ids_are(status, "\nGid:", cage->account.gid) &&
	       number_in(status, "\nNoNewPrivs:", 10) == 1 &&
	       number_in(status, "\nSeccomp:", 10) == (CALLS_CONFINED ? 2 : 0);
}

static bool
read_status(const char *thread, char *status, size_t size)
{
	char path[64];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/status", thread);
	file = fopen(path, "re");
	if (!file)
		return false;
	n = fread(status, 1, size - 1, file);
	status[n] = '\0';
	fclose(file);
	return n > 0;
}

static bool
all_confined(const struct cage *cage)
{
	DIR *tasks = opendir("/proc/self/task");
	const struct dirent *entry;
	char status[8192];
	bool fine = tasks != NULL;

	while (fine && (entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			fine = read_status(entry->d_name, status, sizeof(status)) &&
			       is_confined(cage, status);
	if (tasks)
		closedir(tasks);
	return fine;
}

bool
cage_close(const struct cage *cage)
{
	/* Ending a thread loads it, which the filter does not allow any more. */
	if (!dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_GLOBAL)) {
		fprintf(stderr, "vhost-switch: %s; install it\n", dlerror());
		return false;
	}
	if (!account_enter(&cage->account))
		return failed("--user");
	if (!calls_confine(cage->drivers))
		return failed("seccomp");
	if (all_confined(cage))
		return true;
	fputs("vhost-switch: a thread kept rights that it should have given up; start the switch "
	      "as root with --user, or without capabilities\n",
		stderr);
	return false;
}
