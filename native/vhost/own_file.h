/*
 * Files that only this process's user, or root, can have made: what is read is believed, and what
 * is written goes where it should, even in a folder in which others may write. Nothing here follows
 * a link, waits for the other end of a FIFO, or takes over what is somebody else's.
 */
#ifndef OWN_FILE_H
#define OWN_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Reads. -1 with errno: EEXIST, ELOOP when what is there is not such a file. */
int
own_file_open(const char *path);

/*
 * Replaces the file at an absolute path with this text and a newline, mode 0600: it is written
 * beside, as PATH.new, synced, and renamed, and its folder synced. False with errno; then the file
 * is the one before, unless only the folder's sync failed.
 */
bool
own_file_replace(const char *path, const char *text, size_t length);

/*
 * Creates or opens a file that nobody else can open, and so nobody else can lock, and locks it
 * until it is closed. -1 with errno: EWOULDBLOCK when a process of this user has it.
 */
int
own_file_lock(const char *path);

/* Closes it, and removes it before: whoever waits for it is to try again. */
void
own_file_unlock(int fd, const char *path);

#endif
