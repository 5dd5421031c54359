/*
 * The VF token: a UUID by which vfio-pci knows that who opens a PF and who opens its VFs have
 * agreed (Linux 5.7). It comes in a file, as any user of the host may read a process's arguments,
 * and the EAL takes it as an argument alone: it gets one in memory that /proc/PID/cmdline does not
 * show.
 */
#ifndef VF_TOKEN_H
#define VF_TOKEN_H

#include <stdbool.h>

/* The EAL's arguments, with the token's; NULL: there is none, and they are the process's own. */
struct vf_token {
	char *argument;
	char **argv;
};

/*
 * Reads the file, which nobody but root and this process's user may open. Path NULL: no token.
 * False with a line on stderr that does not have what is in the file.
 */
bool
vf_token_read(struct vf_token *token, const char *path);

/* argv with the token behind it, and *argc one more; argv without one. NULL: no memory. */
char **
vf_token_add(struct vf_token *token, int *argc, char **argv);

/* When the EAL has it, or before. */
void
vf_token_forget(struct vf_token *token);

#endif
