/*
 * The C library's function that one of ours stands before, for the whole process.
 */
#ifndef ORIGINAL_H
#define ORIGINAL_H

/*
 * By its name; *kept, NULL before the first call, keeps it. Not the bare system call: these are
 * points where a thread can be cancelled, and the EAL ends one of its own in recvmsg() that way.
 */
void *
original(void **kept, const char *name);

#endif
