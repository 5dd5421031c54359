/*
 * What the process can still do once it forwards.
 *
 * It starts with the rights that hardware and huge pages need, usually root's, and then handles
 * what guests send. Between the two it gives up everything that starting alone needed, so that who
 * takes it over through a ring or a message has won a process that can forward frames, and little
 * else:
 *
 *   cage_prepare()   no new privileges, an empty bounding set, Landlock     before the EAL starts
 *   cage_close()     the user, every capability, the seccomp filter         before guests come
 *
 * The kernel keeps all of these per thread, and threads share their memory: one that is left out
 * could be made to work for the others. What a new thread inherits is therefore given up before the
 * EAL makes its first one. The user must not change that early; glibc changes it in all threads,
 * which empties the permitted, effective and ambient sets in each, and the filter comes with
 * SECCOMP_FILTER_FLAG_TSYNC. cage_close() then looks at all threads, and fails if one is not so.
 *
 * Threads: both on the main thread.
 */
#ifndef CAGE_H
#define CAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "account.h"

struct cage_wish {
	const char *user, *group; /* NULL: as they are */
	const char *state_file;   /* in a folder that becomes the user's; NULL: none */
	const char *log_file;     /* open, becomes the user's (log_out.h); NULL: none */
	/*
	 * With a user, or folders, files and sockets are made later only below `folders`, and
	 * beside these.
	 */
	const char *control_socket;
	char *const *sockets;
	size_t n_sockets;
	char *const *folders;
	size_t n_folders;
	/* The EAL's arguments: it opens the paths that they name. */
	char **eal;
	int n_eal;
	/* Devices that become ports, as NAME=DEVICE: likewise. */
	char *const *devices;
	size_t n_devices;
	bool drivers; /* some take rights: files and ioctls of hardware are needed */
};

struct cage {
	struct account account;
	bool drivers;
	int landlock; /* version of the kernel's that is in force; 0: none */
};

/* While there is one thread. False with a line on stderr. */
bool
cage_prepare(struct cage *cage, const struct cage_wish *wish);

/* When all has been opened that needs rights. False with a line on stderr. */
bool
cage_close(const struct cage *cage);

#endif
