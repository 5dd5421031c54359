/*
 * The vhost-user NICs of guests that run, as libvirt keeps them for its own next start: a file of
 * XML for each guest, which is there as soon as its QEMU runs. Only root reads them. Read for two
 * attributes, in libvirt's own spelling; a path with characters that XML writes otherwise is not
 * found.
 */
#ifndef RUNNING_H
#define RUNNING_H

#include <jansson.h>

#define RUNNING_FOLDER "/run/libvirt/qemu"

/* Paths of their sockets, as keys of an object; empty if there is no such folder, NULL without
 * memory. */
json_t *
running_sockets(const char *folder);

/* Path of the socket of the NIC that libvirt knows by this name, to be freed; NULL: there is none.
 */
char *
running_socket_of(const char *folder, const char *name);

#endif
