/*
 * The folder of captures. The switch opens no file that a client names: it makes each one itself,
 * new, in a folder in which nobody else writes, and says where it is.
 */
#ifndef CAPTURES_H
#define CAPTURES_H

#include <stddef.h>
#include <stdint.h>

/* Room for a capture's path. */
#define CAPTURE_PATH_SIZE 256

/*
 * Makes PORT.N.pcap in the folder, mode 0600, and the folder if it is missing; N is the first
 * number that is free. A descriptor for writing; or -1 with errno: EDQUOT when there are `most`
 * files already, EPERM when others may write to the folder or own it.
 */
int
captures_create(const char *folder, const char *port, uint32_t most, char path[CAPTURE_PATH_SIZE]);

#endif
