#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guarded_folder.h"
#include "guest_folder.h"

/* Below a folder with the set-group-ID bit, mkdir() adds it by itself. */
#define MODE_SWITCH_LISTENS 0750
#define MODE_QEMU_LISTENS (S_ISVTX | 0770)

/* The folder above a guest's, and the guest's name in there. */
struct place {
	char text[PATH_MAX];
	const char *name;
	int above; /* O_PATH */
	struct stat stat;
};

/* Whether it asks for folders of its guests. */
static bool
wants_folders(const struct stat *stat)
{
	return stat->st_mode & S_ISGID;
}

/* False with errno; of a socket right below / there is no place. */
static bool
open_place(const char *path, struct place *place)
{
	char *socket, *guest;

	snprintf(place->text, sizeof(place->text), "%s", path);
	socket = strrchr(place->text, '/');
	*socket = '\0';
	guest = strrchr(place->text, '/');
	errno = ENOENT;
	if (!guest || !guest[1])
		return false;
	*guest = '\0';
	place->name = guest + 1;
	place->above =
		open(guest == place->text ? "/" : place->text, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place->above < 0)
		return false;
	if (fstat(place->above, &place->stat) == 0)
		return true;
	close(place->above);
	return false;
}

static bool
make(const struct place *place, enum listener listener)
{
	mode_t mode = listener == LISTENER_SWITCH ? MODE_SWITCH_LISTENS : MODE_QEMU_LISTENS;
	mode_t usual;
	bool made;

	errno = ENOENT;
	if (!wants_folders(&place->stat))
		return false;
	errno = EPERM;
	if (!guarded_folder_keeps(&place->stat))
		return false;
	/* Not by chmod() afterwards: it takes the set-group-ID bit from who is not in the group. */
	usual = umask(0);
	made = mkdirat(place->above, place->name, mode) == 0;
	umask(usual);
	return made;
}

static bool
check(const struct stat *stat, enum listener listener)
{
	errno = ENOTDIR;
	if (!S_ISDIR(stat->st_mode))
		return false;
	errno = EPERM;
	return listener == LISTENER_QEMU || guarded_folder_keeps(stat);
}

/*
 * A guest with both kinds of sockets: QEMU must be able to make its own. From a switch that is not
 * in the folder's group, chmod() takes the set-group-ID bit; QEMU's sockets have its group without.
 */
static bool
widen(const struct place *place, const struct stat *now, enum listener listener)
{
	bool ours = now->st_uid == geteuid() && wants_folders(&place->stat) &&
		    (now->st_mode & 07777) == (S_ISGID | MODE_SWITCH_LISTENS);

	return !ours || listener == LISTENER_SWITCH ||
	       fchmodat(place->above, place->name, S_ISGID | MODE_QEMU_LISTENS, 0) == 0;
}

bool
guest_folder_make(const char *path, enum listener listener)
{
	struct place place;
	struct stat now;
	bool done;
	int error;

	if (!open_place(path, &place))
		return false;
	if (fstatat(place.above, place.name, &now, AT_SYMLINK_NOFOLLOW) < 0)
		done = errno == ENOENT && make(&place, listener);
	else
		done = check(&now, listener) && widen(&place, &now, listener);
	error = errno;
	close(place.above);
	errno = error;
	return done;
}

void
guest_folder_remove(const char *path)
{
	struct place place;
	struct stat now;

	if (!open_place(path, &place))
		return;
	if (wants_folders(&place.stat) &&
		fstatat(place.above, place.name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISDIR(now.st_mode) && now.st_uid == geteuid())
		/* ENOTEMPTY: another port's, or somebody's file. */
		(void)unlinkat(place.above, place.name, AT_REMOVEDIR);
	close(place.above);
}
