#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "account.h"

/* Of a name, or of a number. */
static const struct passwd *
user_of(const char *text)
{
	const struct passwd *entry = getpwnam(text);
	char *end;
	unsigned long uid = strtoul(text, &end, 10);

	return entry || !*text || *end || uid >= UINT32_MAX ? entry : getpwuid(uid);
}

static const struct group *
group_of(const char *text)
{
	const struct group *entry = getgrnam(text);
	char *end;
	unsigned long gid = strtoul(text, &end, 10);

	return entry || !*text || *end || gid >= UINT32_MAX ? entry : getgrgid(gid);
}

static bool
take_user(const char *user, struct account *account)
{
	const struct passwd *entry = user_of(user);

	if (!entry) {
		fprintf(stderr,
			"vhost-switch: --user %s: there is no such account; make it with "
			"useradd --system, or name another\n",
			user);
		return false;
	}
	account->uid = entry->pw_uid;
	account->gid = entry->pw_gid;
	account->n_groups = ACCOUNT_MAX_GROUPS;
	if (getgrouplist(entry->pw_name, entry->pw_gid, account->groups, &account->n_groups) >= 0)
		return true;
	fprintf(stderr, "vhost-switch: --user %s: is in more than %d groups; name another\n", user,
		ACCOUNT_MAX_GROUPS);
	return false;
}

static bool
take_group(const char *group, struct account *account)
{
	const struct group *entry = group_of(group);

	if (!entry) {
		fprintf(stderr,
			"vhost-switch: --group %s: there is no such group; make it, or name "
			"another\n",
			group);
		return false;
	}
	account->gid = entry->gr_gid;
	return true;
}

bool
account_find(const char *user, const char *group, struct account *account)
{
	*account = (struct account){.uid = geteuid(), .gid = getegid()};
	if (user && !take_user(user, account))
		return false;
	if (group && !take_group(group, account))
		return false;
	/* As root, its supplementary groups are given up, too. */
	account->changes =
		(user && account->uid != geteuid()) || (group && account->gid != getegid());
	if (!account->changes || geteuid() == 0)
		return true;
	fprintf(stderr,
		"vhost-switch: --%s %s: only root can become somebody else; leave it out, or start "
		"it as root\n",
		user ? "user" : "group", user ? user : group);
	return false;
}

bool
account_keep_no_more(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return false;
	/* EINVAL: past the last that this kernel has. EPERM: not ours to drop, and of no use now.
	 */
	for (int capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;)
		capability++;
	if (errno != EINVAL && errno != EPERM)
		return false;
	if (syscall(SYS_capget, &header, sets) < 0)
		return false;
	sets[0].inheritable = sets[1].inheritable = 0;
	return syscall(SYS_capset, &header, sets) == 0;
}

bool
account_enter(const struct account *account)
{
	if (!account->changes)
		return true;
	/* glibc does these in every thread. From 0 to another user, the kernel empties all sets. */
	return setgroups(account->n_groups, account->groups) == 0 &&
	       setresgid(account->gid, account->gid, account->gid) == 0 &&
	       setresuid(account->uid, account->uid, account->uid) == 0;
}
