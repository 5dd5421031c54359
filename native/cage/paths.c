#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <mntent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cage.h"
#include "paths.h"

#include "../base/contract.h"

/* Rights and fields that are newer than the oldest headers we are built with. */
#define TRUNCATE (1ULL << 14)  /* version 3 */
#define IOCTL_DEV (1ULL << 15) /* version 5 */
#define SCOPES 3ULL            /* version 6: abstract sockets, signals */
#define NET 3ULL               /* version 4: bind, connect */
struct ruleset {
	uint64_t handled_fs, handled_net, scoped;
};

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE (LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE)
#define MAKE                                                                                       \
	(LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |                              \
		LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                     \
		LANDLOCK_ACCESS_FS_REMOVE_DIR)
#define ON_FILES                                                                                   \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE | IOCTL_DEV)

struct rules {
	int fd;
	uint64_t handled;
};

/* What is not there needs no rule. */
static bool
allow(const struct rules *rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = {.parent_fd = open(path, O_PATH | O_CLOEXEC)};
	struct stat stat;
	bool done;

	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == EACCES || errno == ENOTDIR;
	done = fstat(rule.parent_fd, &stat) == 0;
	rule.allowed_access = access & rules->handled;
	if (done && !S_ISDIR(stat.st_mode))
		rule.allowed_access &= ON_FILES;
	done = done &&
	       syscall(SYS_landlock_add_rule, rules->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	close(rule.parent_fd);
	return done;
}

static bool
allow_each(const struct rules *rules, const char *const *paths, size_t n, uint64_t access)
{
	for (size_t i = 0; i < n; i++)
		if (!allow(rules, paths[i], access))
			return false;
	return true;
}

/* The folder that a file is in, or will be. */
static bool
allow_beside(const struct rules *rules, const char *file, uint64_t access)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", file);
	*strrchr(path, '/') = '\0';
	return !path[0] || allow(rules, path, access);
}

static bool
allow_huge_pages(const struct rules *rules)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	const struct mntent *mount;
	bool done = true;

	while (mounts && done && (mount = getmntent(mounts)))
		if (!strcmp(mount->mnt_type, "hugetlbfs"))
			done = allow(rules, mount->mnt_dir, READ | WRITE | MAKE);
	if (mounts)
		endmntent(mounts);
	return done;
}

/* Where the EAL puts its run-time files; made here, as its parent is not to be written to. */
static bool
allow_runtime(const struct rules *rules)
{
	const char *own = getenv("XDG_RUNTIME_DIR"), *systemd = getenv("RUNTIME_DIRECTORY");
	const char *usual = geteuid() == 0 ? "/var/run" : own ? own : "/tmp";
	const char *parents[] = {usual, systemd};
	char path[PATH_MAX];

	for (size_t i = 0; i < 2; i++) {
		if (!parents[i])
			continue;
		snprintf(path, sizeof(path), "%s/dpdk", parents[i]);
		if (mkdir(path, 0700) < 0 && errno == ENOSPC)
			return false;
		if (!allow(rules, path, READ | WRITE | MAKE))
			return false;
	}
	return true;
}

/* Paths in `--huge-dir PATH`, `--vdev net_pcap0,rx_pcap=PATH,…` and so on. */
static bool
allow_named(const struct rules *rules, const char *argument)
{
	const char *at = argument;
	char path[PATH_MAX];
	struct stat stat;

	for (; at; at = (at = strpbrk(at, ",=")) ? at + 1 : NULL) {
		if (*at != '/')
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)strcspn(at, ","), at);
		if (lstat(path, &stat) == 0 && S_ISDIR(stat.st_mode)
				? !allow(rules, path, READ | WRITE | MAKE)
				: !allow_beside(rules, path, READ | WRITE | MAKE))
			return false;
	}
	return true;
}

/* The lock of the library that attaches af_xdp's program; made here for the same reason. */
static bool
allow_xdp(const struct rules *rules, const struct cage_wish *wish)
{
	bool wanted = false;

	for (size_t i = 0; i < wish->n_devices; i++)
		wanted |= strstr(wish->devices[i], "net_af_xdp") != NULL;
	for (int i = 1; i < wish->n_eal; i++)
		wanted |= strstr(wish->eal[i], "net_af_xdp") != NULL;
	if (!wanted)
		return true;
	if (mkdir("/run/xdp", 0700) < 0 && errno == ENOSPC)
		return false;
	return allow(rules, "/run/xdp", READ | WRITE | MAKE);
}

static bool
allow_eal(const struct rules *rules, const struct cage_wish *wish)
{
	static const char *const read[] = {
		"/sys", "/proc", "/etc", "/usr", "/lib", "/lib64", "/run/systemd"};
	/* Taps and macvtaps that are the user's are taken while it runs; others it has no right to.
	 */
	static const char *const write[] = {
		"/dev/null", "/dev/zero", "/dev/urandom", "/dev/tty", "/dev/net/tun", DEVICE_NODES};
	static const char *const devices[] = {
		"/dev/vfio", "/dev/net", "/dev/infiniband", "/dev/vhost-net", "/sys"};
	char path[32];

	for (int i = 0; wish->drivers && i < 16; i++) {
		snprintf(path, sizeof(path), "/dev/uio%d", i);
		if (!allow(rules, path, READ | WRITE | IOCTL_DEV))
			return false;
	}
	for (int i = 1; i < wish->n_eal; i++)
		if (!allow_named(rules, wish->eal[i]))
			return false;
	for (size_t i = 0; i < wish->n_devices; i++)
		if (!allow_named(rules, wish->devices[i]))
			return false;
	return allow_each(rules, read, sizeof(read) / sizeof(*read), READ) &&
	       allow_each(rules, write, sizeof(write) / sizeof(*write), READ | WRITE | IOCTL_DEV) &&
	       (!wish->drivers || allow_each(rules, devices, sizeof(devices) / sizeof(*devices),
					  READ | WRITE | IOCTL_DEV)) &&
	       allow_huge_pages(rules) && allow_runtime(rules) && allow_xdp(rules, wish);
}

/* Where files and sockets are made while it runs. */
static bool
allow_later(const struct rules *rules, const struct cage_wish *wish)
{
	for (size_t i = 0; i < wish->n_folders; i++)
		if (!allow(rules, wish->folders[i], READ | WRITE | MAKE))
			return false;
	for (size_t i = 0; i < wish->n_sockets; i++)
		if (!allow_beside(rules, wish->sockets[i], READ | WRITE | MAKE))
			return false;
	return allow_beside(rules, wish->control_socket, READ | WRITE | MAKE) &&
	       (!wish->log_file || allow_beside(rules, wish->log_file, READ | WRITE | MAKE)) &&
	       (!wish->state_file || allow_beside(rules, wish->state_file, READ | WRITE | MAKE));
}

static struct ruleset
ruleset_of(int version)
{
	struct ruleset all = {.handled_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};

	if (version >= 2)
		all.handled_fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		all.handled_fs |= TRUNCATE;
	if (version >= 4)
		all.handled_net = NET;
	if (version >= 5)
		all.handled_fs |= IOCTL_DEV;
	if (version >= 6)
		all.scoped = SCOPES;
	return all;
}

int
paths_confine(const struct cage_wish *wish)
{
	int version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset all;
	struct rules rules;
	bool done;

	if (version < 0) /* built without it, or not started with it */
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
	all = ruleset_of(version);
	rules.handled = all.handled_fs;
	/* A kernel that does not know the last fields takes them as long as they are 0. */
	rules.fd = syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (rules.fd < 0)
		return -1;
	done = allow_eal(&rules, wish) && allow_later(&rules, wish) &&
	       syscall(SYS_landlock_restrict_self, rules.fd, 0) == 0;
	close(rules.fd);
	return done ? version : -1;
}
