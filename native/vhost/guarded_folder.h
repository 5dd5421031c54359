/*
 * Folders in which nobody but root and our user has a say: what stands there is to be believed, a
 * link as well.
 */
#ifndef GUARDED_FOLDER_H
#define GUARDED_FOLDER_H

#include <stdbool.h>
#include <sys/stat.h>

/* Whether nobody else can replace or remove what root and we have in this folder. */
bool
guarded_folder_keeps(const struct stat *folder);

/*
 * The folder in which path ends, as an O_PATH descriptor; -1 with errno. Links are followed in
 * folders that are alone; others lead nowhere (ENOTDIR). alone: nobody else can put anything in it,
 * nor has had a say on the way to it.
 */
int
guarded_folder_open(const char *path, bool *alone);

/* The path of such a descriptor, for who takes no descriptors: a format. */
#define GUARDED_FOLDER_PATH "/proc/self/fd/%d"

/* Likewise what is at path itself; a link that is not followed is what is there. */
int
guarded_folder_open_in(const char *path);

#endif
