/*
 * Unix stream sockets as files.
 */
#ifndef UNIX_SOCKET_H
#define UNIX_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

/*
 * Frees path for bind(): a killed switch leaves its sockets behind, and a socket without a
 * listener is removed. False, with errno, when something else is there (EADDRINUSE: a listener,
 * EEXIST: not a socket).
 */
bool
unix_socket_clear(const char *path);

/* Whether nobody but root and our user can put or replace a socket at path (guarded_folder.h). */
bool
unix_socket_is_guarded(const char *path);

/*
 * The socket at an address, for dialling: a descriptor of it, by which the address leads to it from
 * then on, whatever others put at the path. -1 with errno: ECONNREFUSED where no socket is, or
 * where a link stands that others than root and our user may have put there, ENOTDIR where such a
 * link is on the way.
 */
int
unix_socket_pin(struct sockaddr_un *address);

/*
 * Listens on path, which must pass check_socket_path(); non-blocking. The file has this mode,
 * whatever the umask, which must be no other thread's concern meanwhile. -1 with errno.
 */
int
unix_socket_listen(const char *path, int backlog, mode_t mode);

#endif
