/*
 * The user that the process becomes.
 */
#ifndef CAGE_ACCOUNT_H
#define CAGE_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#define ACCOUNT_MAX_GROUPS 64

struct account {
	bool changes; /* it is another user than who we are */
	uid_t uid;
	gid_t gid;
	/* The account's own, with gid among them: a guest's socket may be open to QEMU's group. */
	gid_t groups[ACCOUNT_MAX_GROUPS];
	int n_groups;
};

/* NULL: the user, or the group, as it is. False with a line on stderr. */
bool
account_find(const char *user, const char *group, struct account *account);

/*
 * What programs that are executed could gain is given up: the bounding, inheritable and ambient
 * sets, and PR_SET_NO_NEW_PRIVS. For this thread and those it makes. False with errno.
 */
bool
account_keep_no_more(void);

/* In all threads. False with errno. */
bool
account_enter(const struct account *account);

/*
 * Makes the folder of the state file if it is not there, and gives folder and file to the account.
 * Only root's folder is given away. False with a line on stderr.
 */
bool
account_give(const struct account *account, const char *state_file);

#endif
