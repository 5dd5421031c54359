/*
 * Folders in which nobody but root and our user has a say: what stands there is to be believed, a
 * link as well.
 */
#ifndef GUARDED_H
#define GUARDED_H

#include <stdbool.h>
#include <sys/stat.h>

/* Whether somebody else could replace or remove what root and we have in this folder. */
bool
guarded_keeps(const struct stat *folder);

/*
 * The folder in which path ends, as an O_PATH descriptor; -1 with errno. Up to the first folder
 * into which others can put something, links are followed; from there on they are not (ENOTDIR).
 * alone: it is no such folder, and none is on the way, so what is in it is ours or root's.
 */
int
guarded_folder(const char *path, bool *alone);

#endif
